// What the master and a worker say to each other over their IPC channel. Orders (master to worker) are imperative, reports
// (worker to master) are past tense.

import type { Notice } from '../../app/load/load-app.ts'
import type { Config } from '../../config/config.ts'
import type { ListenAddress } from '../../config/listen/address.ts'
import type { RetireReason } from '../../pool/pool.ts'
import type { TlsMaterial } from '../../server/tls-files.ts'
import type { Lifetime } from '../state/lifetime.ts'
import type { BlockedReport, WorkerStats } from '../state/worker-report.ts'

/** A listening socket as a worker gets it: an inherited descriptor, and what it was bound to. */
export interface InheritedListener {
  readonly address: ListenAddress
  /** The host that it is bound to, as an IP address; '' for a Unix socket. */
  readonly host: string
  /** Undefined: the master accepts and hands connections over. */
  readonly fd: number | undefined
  /** It belongs to the parent of the master. */
  readonly isForeign?: boolean
  /** Keys and certificates as the master has read and checked them. */
  readonly tls?: TlsMaterial | undefined
}

/** What each thread of a process needs for itself. */
export interface Share {
  readonly listeners: readonly InheritedListener[]
  /** The opened file of --access-log, if there is one. */
  readonly accessFd: number | undefined
}

/** A worker among the others. */
export interface Place {
  /** From 1 on. */
  readonly number: number
  readonly count: number
  readonly generation: number
  readonly isFirst: boolean
}

/** Longest message between workers, and how much of them may be under way between two processes, in bytes. */
export const LONGEST_MESSAGE: number = 64 * 1024
export const MOST_UNDER_WAY: number = 1024 * 1024

/** The first order, and the only one that is given once. */
export interface StartOrder extends Share {
  readonly type: 'start'
  readonly config: Config
  /** Descriptors of the second thread, the third...; none: there are no threads. */
  readonly others: readonly Share[]
  /** The line of its watchdog to the master; undefined: it has none. */
  readonly watchdogFd: number | undefined
  readonly place: Place
  /** What it may use up before it asks for a replacement. */
  readonly lifetime: Lifetime
  /** The share of the Perl children that this worker looks after; undefined for an application of another kind. */
  readonly children: number | undefined
  /** Reload mode: an app that cannot be loaded becomes a page that shows why. */
  readonly showsLoadErrors: boolean
}

/** Where an application asks to listen; nothing of it: anywhere. */
export interface AskedPlace {
  readonly host: string | undefined
  readonly port: number | undefined
  readonly path: string | undefined
  readonly ipv6Only?: boolean | undefined
}

export interface SharedOrder {
  readonly type: 'shared'
  readonly number: number
  readonly failure: { readonly code: string; readonly message: string } | undefined
}

/** Another master accepts on your sockets as well, or does so no more; the channel of a worker keeps it in mind. */
export interface ShareSocketsOrder {
  readonly type: 'shareSockets'
  readonly isShared: boolean
}

export type Order =
  | StartOrder
  /** What you asked for is bound; its socket comes with the order. */
  | {
      readonly type: 'listen'
      readonly address: ListenAddress
      readonly host: string
      readonly tls?: TlsMaterial | undefined
    }
  /** The socket of one more server, by the number of the report that has asked for it, comes with the order; or why there is none. */
  | SharedOrder
  /** Serve handshakes with these keys and certificates from now on. */
  | { readonly type: 'renewTls'; readonly materials: readonly TlsMaterial[] }
  /**
   * Stop accepting, answer what is there, leave within `graceMs`. `takesQueue`: no process accepts after you, so what waits in
   * the kernel is yours.
   */
  | { readonly type: 'drain'; readonly graceMs: number; readonly takesQueue: boolean }
  /** Have so many Perl children from now on. */
  | { readonly type: 'scale'; readonly children: number }
  /** Open the log files again, under the names they have now. */
  | { readonly type: 'reopen' }
  /** A connection to the listener with this index; it comes with the order. */
  | { readonly type: 'connection'; readonly listener: number }
  /** Accept no more for now: others have more time. */
  | { readonly type: 'pause' }
  /** Accept again on the listener with this index; its socket comes with the order. */
  | { readonly type: 'resume'; readonly listener: number }
  /** So many workers there are to be, and you are the first of them or not. Say so when you have heard it. */
  | ({ readonly type: 'place' } & Pick<Place, 'count' | 'isFirst'>)
  /** Another worker has sent it. */
  | { readonly type: 'message'; readonly content: Uint8Array }
  /** Say what the application has measured. */
  | { readonly type: 'metrics' }
  /** Ask for your replacement, as after TERM. */
  | { readonly type: 'retire' }

/** How a worker is to leave; without an order, `graceMs` is that of the configuration. */
export type Leaving = Partial<Pick<Extract<Order, { type: 'drain' }>, 'graceMs' | 'takesQueue'>>

/** Longest text of figures that a worker passes on, in characters. */
export const MOST_METRICS: number = 4 * 1024 * 1024

export type Report =
  /**
   * The app is loaded and every listener accepts. `files`: what the app was loaded from, as far as known. `room`: for so many
   * connections there are descriptors. `guess`: what the app is taken for and why, when it could be of another kind; else empty.
   * `notice`: what to tell of an app that listens by itself.
   */
  | {
      readonly type: 'ready'
      readonly files: readonly string[]
      readonly room: number
      readonly guess: string
      readonly notice?: Notice | undefined
    }
  /** It has no listener, and its application asks for one. */
  | { readonly type: 'asks'; readonly place: AskedPlace }
  /** Its application has a further server, for which it asks the socket that all workers share. */
  | { readonly type: 'shares'; readonly number: number; readonly place: AskedPlace }
  /** It has closed that socket. */
  | { readonly type: 'unshares'; readonly number: number }
  /** It had closed its listening sockets, because its descriptors were used up, and could accept again. */
  | { readonly type: 'hasRoom' }
  /** Sent once a second and at the end; a worker whose event loop is blocked cannot say it. */
  | ({ readonly type: 'alive' } & WorkerStats)
  /** Its inspector was opened or closed. A debugger may pause it, and then it is silent by intent. */
  | { readonly type: 'inspected'; readonly isOpen: boolean }
  /** So many of the connections that came with orders have ended since it said so last. */
  | { readonly type: 'ended'; readonly connections: number }
  /** It has heard whether it is the first. */
  | { readonly type: 'placed'; readonly isFirst: boolean }
  /** Its application has a message for the others; `dropped`: so many before it were too many. */
  | { readonly type: 'broadcast'; readonly content: Uint8Array; readonly dropped: number }
  /** The figures that the application has registered itself, as Prometheus reads them. */
  | { readonly type: 'metrics'; readonly text: string }
  /** Told by its watchdog: the event loop does not turn, or somebody asked where it is. */
  | ({ readonly type: 'seen' } & BlockedReport)
  /** It should be replaced, and serves until then. */
  | { readonly type: 'retiring'; readonly reason: RetireReason }
  | FailedReport

/** It could not start: one sentence for the operator, the stack if there is one, and a code of config/exit-codes. */
export interface FailedReport {
  readonly type: 'failed'
  readonly exitCode: number
  readonly message: string
  readonly detail: string | undefined
}
