// Starts everything that a Perl application needs in this process: a private socket, the zygote, its children.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import { acceptHandles } from '../../transport/accept-handles.ts'
import { HandleTransport } from '../../transport/handle-transport.ts'
import { SocketTransport } from '../../transport/socket-transport.ts'
import type { AppContext, Handler } from '../handler.ts'
import { ownServer } from '../own-servers.ts'
import { perlHandler } from './handler.ts'
import { PerlPool, type PoolOptions } from './pool.ts'

export type { PoolOptions as PerlOptions } from './pool.ts'

/**
 * Children send answers faster than a client's connection takes them, so that more is there at each read than a client would
 * send. 1 MiB costs 390 us with the 64 KiB of other wires, 300 with four times that, 250 with this and a socket that keeps 1 MiB.
 */
const readBuffer = Buffer.allocUnsafeSlow(524_288)

export interface RunningPerl {
  readonly handler: Handler
  /** Changes the number of children. */
  scale(children: number): void
  /** Replaces every child by a new one. */
  renew(): void
  /** Says to Perl that requests are answered from now on. */
  tellServing(): void
  /** Has Perl write its errors to the file at `path`, which has been rotated. */
  reopenLog(path: string): void
  /** Lets the children finish, for `graceMs` at most, and removes what was made. */
  close(graceMs: number): Promise<void>
}

/** Resolves when all children serve. Rejects with a ConfigError (EXIT.appLoad) that has Perl's own words. */
export async function startPerl(options: PoolOptions, what: string, context: AppContext): Promise<RunningPerl> {
  // Only its owner may enter: children prove who they are by having got this far, and by a token.
  const directory = await mkdtemp(join(tmpdir(), 'starlight-'))
  const socketPath = join(directory, 's')
  const server = ownServer(createServer({ allowHalfOpen: true }))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, resolve)
  })
  let pool: PerlPool | undefined
  const close = async (graceMs: number): Promise<void> => {
    await pool?.close(graceMs)
    server.close()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const running = await new Promise<PerlPool>((resolve, reject) => {
      const made: PerlPool = new PerlPool(options, context, socketPath, {
        onReady: () => resolve(made),
        onBroken: message => reject(cannotStart(what, message)),
        // Its owner has ended it: this process ends as if it had been told to.
        onOrphaned: () => process.kill(process.pid, 'SIGTERM'),
      })
      pool = made
      server.on('connection', socket => made.connected(new SocketTransport(socket)))
      acceptHandles(server, handle => made.connected(new HandleTransport(handle, readBuffer)))
    })
    return {
      handler: perlHandler(running, context, options.streamsInput),
      scale: children => running.scale(children),
      renew: () => running.renew(),
      tellServing: () => running.tellServing(),
      reopenLog: path => running.reopenLog(path),
      close,
    }
  } catch (error) {
    await close(0)
    throw error
  }
}

function cannotStart(what: string, message: string): ConfigError {
  const [first = ''] = message.split('\n', 1)
  const rest = message.trimEnd() === first ? undefined : message.trimEnd()
  return new ConfigError(`Cannot load ${what}: ${first}`, EXIT.appLoad, { cause: rest })
}
