// The program of a serving thread: a worker whose orders come from the host in its process. They come through a port of their
// own, the only thing that is ever sent over the port that the application knows.
import { parentPort } from 'node:worker_threads'
import { relayedSocket } from '../../server/relayed-socket.ts'
import type { MasterChannel } from '../ipc/channel.ts'
import type { Report } from '../ipc/messages.ts'
import { HeldSignals } from './held-signals.ts'
import { leaveLoading, SERVING, type ThreadOrder, type ThreadPort } from './thread-port.ts'
import { WorkerRuntime } from './worker-runtime.ts'

parentPort?.once('message', serve)

function serve({ port, stage }: ThreadPort): void {
  const report = (report: Report): void => port.postMessage(report)
  const channel: MasterChannel = {
    report,
    reportLast: (last, then) => {
      report(last)
      setImmediate(then)
    },
    beforeListening: () => {
      if (!leaveLoading(stage, SERVING)) process.exit(0)
    },
    release: () => port.unref(),
    // Of a thread this ends the thread.
    end: code => process.exit(code),
  }
  const body = new WorkerRuntime(channel, new HeldSignals())
  port.on('message', ({ order, connection }: ThreadOrder) =>
    body.obey(order, connection && relayedSocket(connection.port, connection.ends)),
  )
  process.on('uncaughtException', error => body.onUncaught(error))
}
