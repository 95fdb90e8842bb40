// The program of a serving thread: a worker whose orders come from the host in its process. They come through a port of their
// own, the only thing that is ever sent over the port that the application knows.
import { type MessagePort, parentPort } from 'node:worker_threads'
import type { Order, Report } from '../ipc/messages.ts'
import { WorkerRuntime } from './worker-runtime.ts'

/** What the host sends over the public port, once. */
export interface ThreadPort {
  readonly port: MessagePort
}

parentPort?.once('message', ({ port }: ThreadPort) => serve(port))

function serve(port: MessagePort): void {
  const report = (report: Report): void => port.postMessage(report)
  const body = new WorkerRuntime({
    report,
    reportLast: (last, then) => {
      report(last)
      setImmediate(then)
    },
    // Of a thread this ends the thread.
    end: code => process.exit(code),
  })
  port.on('message', order => body.obey(order as Order))
  process.on('uncaughtException', error => body.onUncaught(error))
}
