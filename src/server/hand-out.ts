// Accepts connections only to give them away.
import { createServer, type Socket } from 'node:net'

/** Accepts on a bound descriptor, which belongs to this function from now on. Nothing is read from the sockets. */
export function handOut(
  fd: number,
  backlog: number,
  give: (socket: Socket) => void,
  failed: (error: Error) => void,
): { close(): void } {
  const server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true }, give)
  // No descriptors left: it goes on when there are some again.
  server.on('error', failed)
  server.listen({ fd, backlog })
  return { close: () => void server.close() }
}
