// The program of a server in the background. It tells its launcher whether it serves, then is on its own.

import { enveloped } from '../ipc/envelope.ts'
import { detailOf, stackOf } from '../system/error-text.ts'
import type { DaemonOrder, DaemonReport } from './daemonize.ts'
import { supervise } from './master.ts'

process.title = 'starlight master'
// Until it serves it belongs to the launcher: one that was interrupted wants no server.
process.once('disconnect', onAbandoned)
// The one message to this process, before an application is loaded that could hear it too.
process.once('message', order => void serve(order as DaemonOrder))

async function serve({ config, version, invocation }: DaemonOrder): Promise<void> {
  const exitCode = await supervise(config, {
    version,
    invocation,
    onServing: () => tell({ type: 'serving' }),
    onError: error => {
      const { message, exitCode } = error
      const cause = detailOf(error)
      tell({ type: 'failed', exitCode, message, detail: cause === undefined ? undefined : stackOf(cause) })
    },
  })
  process.exitCode = exitCode
}

function tell(report: DaemonReport): void {
  process.off('disconnect', onAbandoned)
  if (!process.connected) return
  process.send?.(enveloped(report), undefined, undefined, () => {
    if (process.connected) process.disconnect()
  })
}

function onAbandoned(): void {
  process.kill(process.pid, 'SIGTERM')
}
