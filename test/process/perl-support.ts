// A Perl application behind the real command, and a look at its processes.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { ROOT } from '../support/root.ts'
import { childrenOf, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Does what applications should not do. */
export const APP: string = join(ROOT, 'test', 'fixtures', 'perl', 'life.psgi')

export interface Perl {
  readonly server: StarlightProcess
  /** Where the private socket lies. */
  readonly folder: string
  get(path: string, init?: RequestInit): Promise<{ status: number; text: string; headers: Headers }>
  /** All Perl processes, the zygote first. */
  processes(): number[]
}

/** Serves APP with two children. */
export async function perl(t: TestContext, ...options: string[]): Promise<Perl> {
  const folder = temporaryFolder('perl')
  const env = { TMPDIR: folder }
  const server = await startStarlight(['--port=0', '--host=127.0.0.1', '--workers=2', ...options, APP], { env })
  t.after(() => server.stop('SIGKILL'))
  return {
    server,
    folder,
    async get(path, init) {
      // Connections that are kept would each cost a stopping server a quiet second.
      const response = await fetch(server.url + path, { headers: { connection: 'close' }, ...init })
      return { status: response.status, text: await response.text(), headers: response.headers }
    },
    processes: () =>
      server
        .workers()
        .flatMap(childrenOf)
        .flatMap(zygote => [zygote, ...childrenOf(zygote)]),
  }
}

/** The two ways to a Perl application: Starlight starts Perl, or `plackup -s Starlight` starts Starlight. Their options differ in names. */
export const FRONTS = ['starlight', 'plackup'] as const

/** Serves `app` on a free port of 127.0.0.1 by either of them. Objects among the options are added to the environment. */
export async function serve(
  t: TestContext,
  front: (typeof FRONTS)[number],
  app: string,
  ...options: readonly (string | Readonly<Record<string, string>>)[]
): Promise<StarlightProcess> {
  const env = Object.assign({}, ...options.filter(option => typeof option !== 'string'))
  const args = options.filter(option => typeof option === 'string')
  // Plack takes a port 0 for none, but not in an address.
  const server = await (front === 'starlight'
    ? startStarlight(['--host=127.0.0.1', '--port=0', ...args, app], { env })
    : startStarlight(['--listen=127.0.0.1:0', ...args, app], {
        program: ['plackup', '-I', join(ROOT, 'perl', 'lib'), '-s', 'Starlight', '-E', 'deployment'],
        env: { STARLIGHT_NODE: process.execPath, ...env },
      }))
  t.after(() => server.stop('SIGKILL'))
  return server
}

/** Folders of private sockets in `folder`, where compiled code is kept, too. */
export function sockets(folder: string): string[] {
  return readdirSync(folder).filter(name => !/^starlight-(?:cache|run)-/.test(name))
}

/** Ends when `holds` does: looks again whenever the event loop has been round. The test's own limit ends what never holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 5))
}
