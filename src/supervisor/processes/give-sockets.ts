// Connections that the master has accepted, on their way to a worker.
import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { enveloped } from '../ipc/envelope.ts'
import type { Order } from '../ipc/messages.ts'

/** Gives `child` the socket and closes it here. `failed` is called when that did not work and the socket is still here. */
export type GiveSocket = (order: Order, socket: Socket, failed: () => void) => void

/** Node sends one handle at a time, and of those that wait for their turn when the child ends it never tells anybody. */
export function giveSockets(child: ChildProcess): GiveSocket {
  const waiting = new Set<() => void>()
  child.once('exit', () => {
    for (const failed of waiting) failed()
    waiting.clear()
  })
  return (order, socket, failed) => {
    if (!child.connected) {
      failed()
      return
    }
    waiting.add(failed)
    child.send(enveloped(order), socket, { keepOpen: true }, error => {
      if (!waiting.delete(failed)) return
      if (error === null) socket.destroy()
      else failed()
    })
  }
}
