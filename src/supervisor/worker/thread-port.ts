// What the host of a thread gives it at the start.
import type { MessagePort } from 'node:worker_threads'
import type { EndPoints } from '../../server/relayed-socket.ts'
import type { Order } from '../ipc/messages.ts'

/** What the host sends over the public port, once. */
export interface ThreadPort {
  /** Orders come and reports go here. */
  readonly port: MessagePort
  /** One integer of 32 bits: LOADING, SERVING or ENDED. Who takes it away from LOADING first has decided. */
  readonly stage: SharedArrayBuffer
}

/** What the host sends over the private port: an order, and what comes with it. */
export interface ThreadOrder {
  readonly order: Order
  /** A connection that the host has accepted, as its socket cannot come (Windows). */
  readonly connection?: { readonly port: MessagePort; readonly ends: EndPoints }
}

export const LOADING = 0
/** Set by the thread before its first listener opens. */
export const SERVING = 1
/** Set by the host, which ends the thread in the middle of its loading. */
export const ENDED = 2

/** Changes the stage from LOADING; gives whether that was still the stage. */
export function leaveLoading(stage: SharedArrayBuffer, to: typeof SERVING | typeof ENDED): boolean {
  return Atomics.compareExchange(new Int32Array(stage), 0, LOADING, to) === LOADING
}
