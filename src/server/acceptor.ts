// Accepts connections only to give them away.
import { createServer, type Socket } from 'node:net'
import { encodeFault } from '../http1/response/encode.ts'
import { probeSilentPeers } from '../transport/accept-handles.ts'
import { closeAfterQueue } from './close-after-queue.ts'

/** A bound socket: its descriptor, or the handle itself where there are no descriptors. */
export interface BoundSocket {
  readonly fd: number
  readonly handle?: object | undefined
  /** Others have it as well. */
  readonly isForeign?: boolean
}

/** Accepts on a bound socket, which belongs to this function from now on. Nothing is read from the sockets. */
export function passConnection(
  { fd, handle, isForeign }: BoundSocket,
  backlog: number,
  give: (socket: Socket, descriptor: number) => void,
  failed: (error: Error) => void,
): { close(): void; closeAfterQueue(): Promise<void> } {
  let accepted = 0
  const server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true }, socket => {
    accepted++
    give(socket, descriptorOf(socket))
  })
  // No descriptors left: it goes on when there are some again.
  server.on('error', failed)
  // Beside a descriptor Node does not look at a backlog among the options.
  server.listen(handle ?? { fd }, backlog, () => probeSilentPeers(server))
  return {
    close: () => void server.close(),
    closeAfterQueue: () => closeAfterQueue(server, () => accepted, isForeign),
  }
}

function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { readonly _handle: { readonly fd: number } | null }
  return handle?.fd ?? -1
}

/** Closes it now, with a 503 for a client that can read one: before its handshake one of TLS cannot. */
export function turnAway(socket: Socket, isEncrypted: boolean): void {
  socket.on('error', () => undefined)
  const lines = 'Retry-After: 1\r\n'
  if (!isEncrypted) socket.write(encodeFault(503, 'Service Unavailable', lines, false))
  socket.destroy()
}
