// The program of a serving thread: a worker whose orders come from the host in its process.
import { parentPort } from 'node:worker_threads'
import type { Order } from './messages.ts'
import { WorkerBody } from './worker-body.ts'

const body = new WorkerBody({
  report: report => parentPort?.postMessage(report),
  reportLast: (report, then) => {
    parentPort?.postMessage(report)
    setImmediate(then)
  },
  // Of a thread this ends the thread.
  end: code => process.exit(code),
})
parentPort?.on('message', order => body.obey(order as Order))
process.on('uncaughtException', error => body.onUncaught(error))
