// The program of a worker process. It receives everything over its IPC channel.
import type { Body, Channel } from './channel.ts'
import { deferMarking } from './marking.ts'
import type { Order } from './messages.ts'
import { ThreadHost } from './thread-host.ts'
import { WorkerBody } from './worker-body.ts'

const channel: Channel = {
  report: report => {
    if (process.connected) process.send?.(report, undefined, undefined, () => undefined)
  },
  reportLast: (report, then) => {
    if (process.connected && process.send !== undefined) process.send(report, undefined, undefined, then)
    else then()
  },
  end: code => process.exit(code),
}

let body: Body = new WorkerBody(channel)
process.title = 'starlight worker'
deferMarking()
process.on('message', (message, handle) => {
  const order = message as Order
  if (order.type === 'start' && order.others.length > 0) body = new ThreadHost(channel)
  body.obey(order, handle)
})
process.on('disconnect', () => body.onOrphaned())
process.on('uncaughtException', error => body.onUncaught(error))
process.on('SIGTERM', () => body.onStopSignal())
process.on('SIGQUIT', () => body.onStopSignal())
// A terminal sends INT and HUP to the whole process group: the master decides what they mean. USR1 would open Node's
// inspector, USR2 would kill; both are meant for the master.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => undefined)
