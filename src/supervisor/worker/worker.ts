// A worker process, as start-worker.ts loads it. It receives everything over its IPC channel.

import type { Config } from '../../config/config.ts'
import type { MasterChannel, WorkerRole } from '../ipc/channel.ts'
import { processTitle } from '../sockets/process-title.ts'
import { HeldSignals } from './held-signals.ts'
import { ThreadPool } from './thread-pool.ts'
import { deferMarking } from './v8-flags.ts'
import { takeChannel } from './worker-channel.ts'
import { WorkerRuntime } from './worker-runtime.ts'

const signals = new HeldSignals()
let body: WorkerRole
let config: Config | undefined
const line = takeChannel({
  obey: (order, handle) => {
    if (order.type === 'start' && order.others.length > 0) {
      body = new ThreadPool(channel)
      hearTerm()
    }
    if (order.type === 'start') config = order.config
    if (order.type === 'start') process.title = processTitle('worker', order.config, order.listeners)
    if (order.type === 'listen' && config !== undefined) process.title = processTitle('worker', config, [order])
    body.obey(order, handle)
  },
  onOrphaned: leaving => body.onOrphaned(leaving),
})
const channel: MasterChannel = {
  report: report => line.report(report),
  reportLast: (report, then) => line.report(report, then),
  beforeListening: hearTerm,
  release: () => line.release(),
  end: code => process.exit(code),
}
body = new WorkerRuntime(channel, signals)
process.title = 'starlight worker'
deferMarking()
process.on('uncaughtException', error => body.onUncaught(error))
signals.on('SIGQUIT', () => body.onStopSignal())
// A terminal sends INT and HUP to the whole process group (a console of Windows INT, BREAK and HUP to all of its processes): the master
// decides what they mean. USR1 would open Node's
// inspector, USR2 would kill; both are meant for the master.
for (const signal of ['SIGINT', 'SIGBREAK', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
  signals.on(signal, () => undefined)

/**
 * Before, TERM ends this process as any other: the master ends so what starts and is not wanted any more, even when the code that is being
 * loaded lets no order through.
 */
function hearTerm(): void {
  signals.on('SIGTERM', () => body.onStopSignal())
}
