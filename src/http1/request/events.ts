// What reading a connection gives, one at a time.

import type { RequestError } from '../faults.ts'
import type { RequestHead } from './request-head.ts'

/** A piece of the body, still in the read buffer: keep it only by copying or by holding the whole buffer. */
export interface Data {
  readonly type: 'data'
  readonly chunk: Uint8Array
}

/** The end of a body, with the trailer fields as a flat list. Requests without a body have no end event. */
export interface End {
  readonly type: 'end'
  readonly trailers: readonly string[]
}

/** `need-data`: feed more. `paused`: the request is read; the next one waits for `startNext`. `closed`: nothing will follow. `cut`: the client ended in the middle of a message. */
export interface Standing {
  readonly type: 'need-data' | 'paused' | 'closed' | 'cut'
}

export type HttpEvent = RequestHead | Data | End | Standing | RequestError

export const END: End = { type: 'end', trailers: [] }
export const NEED_DATA: Standing = { type: 'need-data' }
export const PAUSED: Standing = { type: 'paused' }
export const CLOSED: Standing = { type: 'closed' }
export const CUT: Standing = { type: 'cut' }
