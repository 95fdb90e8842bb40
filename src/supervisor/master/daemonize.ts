// Goes to the background. A detached child becomes the server, in a session of its own; this process waits until it serves
// and tells the shell the truth by its exit code. The working directory stays, so a relative path of an app works.
import type { Config } from '../../config/config.ts'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import { openLogFile } from '../../log/file.ts'
import { createLog } from '../../log/stderr-log.ts'
import { ENVELOPE_EVENT, isEnvelope } from '../ipc/envelope.ts'
import { spawnDaemon } from '../processes/spawn.ts'
import { hasGivenSockets } from '../sockets/socket-activation.ts'
import { closeInherited } from '../system/descriptors.ts'
import type { Invocation } from './invocation.ts'

/** What the launcher sends. */
export interface DaemonOrder {
  readonly config: Config
  readonly version: string
  readonly invocation: Invocation
}

/** What the daemon answers, once. */
export type DaemonReport =
  | { readonly type: 'serving' }
  | {
      readonly type: 'failed'
      readonly exitCode: number
      readonly message: string
      readonly detail: string | undefined
    }

/** Resolves with 0 when the workers serve, otherwise with the code of the error, which is written to standard error. */
export async function launchDaemon(config: Config, started: Omit<DaemonOrder, 'config'>): Promise<number> {
  const report = await firstReport(config, started)
  if (report.type === 'serving') return EXIT.ok
  createLog().error(report.message, report.detail)
  return report.exitCode
}

async function firstReport(
  config: Config,
  { version, invocation }: Omit<DaemonOrder, 'config'>,
): Promise<DaemonReport> {
  if (hasGivenSockets()) {
    const message =
      'Cannot go to the background with the sockets of SERVER_STARTER_PORT or LISTEN_FDS: leave --daemonize out'
    return { type: 'failed', exitCode: EXIT.usage, message, detail: undefined }
  }
  closeInherited()
  let errorFile: ReturnType<typeof openLogFile> | undefined
  try {
    errorFile = config.errorLog === undefined ? undefined : openLogFile(config.errorLog)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { type: 'failed', exitCode: error.exitCode, message: error.message, detail: undefined }
  }
  const child = spawnDaemon(errorFile?.fd ?? 'ignore')
  errorFile?.close()
  const order: DaemonOrder = { config: { ...config, daemonize: false }, version, invocation }
  child.send(order, () => undefined)
  const report = await new Promise<DaemonReport>(resolve => {
    // A server without workers has its application in its process, which may say something before it serves.
    child.on('message', () => undefined)
    child.on(ENVELOPE_EVENT, message => {
      if (isEnvelope(message)) resolve(message.content as DaemonReport)
    })
    child.once('error', error => resolve(failure(`Cannot go to the background: ${error.message}`)))
    child.once('exit', (code, signal) =>
      resolve(failure(`Cannot start: the server ended with ${signal ?? `code ${code}`}`)),
    )
  })
  if (child.connected) child.disconnect()
  child.unref()
  return report
}

function failure(message: string): DaemonReport {
  return { type: 'failed', exitCode: EXIT.failure, message, detail: undefined }
}
