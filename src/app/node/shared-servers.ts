// Further servers of an application, each on a socket that all workers share: their worker is given it, as by the primary of node:cluster.
import type { ListeningServer } from './taken-servers.ts'

/** A bound socket, as node:net holds one. */
export interface GivenSocket {
  readonly handle: { close(done?: () => void): void }
  /** To be called when this worker needs it no more. */
  giveUp(): void
}

/** `listen` has the server listen on the handle that it has then. An error comes as node:net tells it: as an event, in a later tick. */
export function listenOnGiven(server: ListeningServer, socket: Promise<GivenSocket>, listen: () => void): void {
  let isClosed = false
  const noteClose = (): void => {
    isClosed = true
  }
  server.once('close', noteClose)
  socket.then(
    ({ handle, giveUp }) => {
      server.off('close', noteClose)
      const close = handle.close.bind(handle)
      handle.close = done => {
        giveUp()
        close(done)
      }
      if (isClosed) return handle.close()
      server._handle = handle
      process.nextTick(listen)
    },
    error => {
      server.off('close', noteClose)
      process.nextTick(() => server.emit('error', error))
    },
  )
}
