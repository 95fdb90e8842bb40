// Has a net.Server give its connections away as handles, before it makes sockets of them.

import type { Server } from 'node:net'
import { hasHandles, type StreamHandle } from './stream-binding.ts'

/** The listening handle of libuv. `onconnection` is called for each connection, or with a negative errno. */
interface ListeningHandle {
  onconnection: (this: ListeningHandle, status: number, handle: StreamHandle | undefined) => void
}

/**
 * From now on `take` gets the connections of `server`, which listens; those that it does not want (false), and errors, go their usual
 * way. Does nothing where there are no handles.
 */
export function acceptHandles(server: Server, take: (handle: StreamHandle) => unknown): void {
  const { _handle: listening } = server as unknown as { readonly _handle: ListeningHandle | null }
  if (!hasHandles || listening === null) return
  const { onconnection } = listening
  listening.onconnection = function (status, handle) {
    if (status !== 0 || handle === undefined || take(handle) === false) onconnection.call(this, status, handle)
  }
}
