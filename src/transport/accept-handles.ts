// What node:net does not offer for its servers: connections as handles, before they are made sockets, and what they inherit.

import type { Server } from 'node:net'
import { hasHandles, type StreamHandle } from './libuv-streams.ts'

/** The listening handle of libuv. `onconnection` is called for each connection, or with a negative errno. */
interface ListeningHandle {
  onconnection: (this: ListeningHandle, status: number, handle: StreamHandle | undefined) => void
  /** TCP only, as the next one. */
  setNoDelay?(isOn: boolean): number
  setKeepAlive?(isOn: boolean, seconds: number): number
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

/** Silence after which the kernel asks whether the peer is still there, in seconds: below the 350 s of cloud load balancers and the minutes of NATs. */
export const PROBE_AFTER_S = 60

/** Small answers of `server`, which listens, leave at once. Set on the listening socket where its connections inherit it. */
export function sendWithoutDelay(server: Server): void {
  const { _handle: listening } = server as unknown as { readonly _handle: ListeningHandle | null }
  listening?.setNoDelay?.(true)
}

/**
 * Has the kernel probe silent peers of `server`, which listens (SO_KEEPALIVE, tcp(7)): one that vanished without a FIN ends with
 * ETIMEDOUT. Set on the listening socket, whose connections inherit it: that costs a connection nothing.
 */
export function probeSilentPeers(server: Server): void {
  const { _handle: listening } = server as unknown as { readonly _handle: ListeningHandle | null }
  listening?.setKeepAlive?.(true, PROBE_AFTER_S)
}
