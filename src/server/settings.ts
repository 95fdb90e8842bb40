// What a server is told about limits and times.

import { DEFAULT_LIMITS, type Limits } from '../http1/limits.ts'
import type { ChallengeSettings } from './acme/alpn-challenge.ts'

/** Sizes in bytes, times in milliseconds; 0 switches a time, a count or the limit of the body off. */
export interface ServerSettings extends Limits {
  /** From the first byte of a head to its end, and from accept to the first byte: 408. */
  readonly headTimeoutMs: number
  /** Silence while a body is awaited: 408. */
  readonly bodyTimeoutMs: number
  /** Bytes per second that a body must reach on average, after BODY_GRACE_MS: 408. */
  readonly bodyMinRate: number
  /** Time without progress while the client does not take the answer: cut. */
  readonly writeTimeoutMs: number
  /** Idle time between requests: closed. */
  readonly keepaliveTimeoutMs: number
  /** Time until the answer to a request begins: 504. */
  readonly requestTimeoutMs: number
  /** Requests in work at a time; those beyond get 503 with Retry-After. */
  readonly inFlight: number
  /** Paths of requests that are never turned away. */
  readonly healthPaths: readonly string[]
  /** Requests on one connection; the last one is answered with `Connection: close`. */
  readonly requestsPerConnection: number
  /** Connections at a time; those beyond get 503. */
  readonly connections: number
  /** Value of the Server field; '' for none. */
  readonly serverHeader: string
  readonly forwarding: ForwardingSettings
  /** Whether clients of TLS listeners that ask for HTTP/2 get it. */
  readonly http2: boolean
  /** Streams at a time on one connection of HTTP/2. */
  readonly http2Streams: number
  /** Port of https that requests without TLS are redirected to; undefined: they are served. */
  readonly redirectToHttps: number | undefined
  /** For how long clients keep to https, in seconds (RFC 6797); 0: they are not told to. */
  readonly hstsSeconds: number
  /** Files that are served before the application is asked; undefined for none. */
  readonly files: FileSettings | undefined
  /** Directories whose files applications may name in X-Sendfile and X-Accel-Redirect; undefined: the fields mean nothing. */
  readonly sendfile: FileSettings['directories'] | undefined
  /** Challenges of authorities (ACME) that are answered; undefined: none are. */
  readonly challenges: ChallengeSettings | undefined
  /** Undefined: answers are sent as they are. */
  readonly compress: CompressSettings | undefined
}

export interface CompressSettings {
  /** The best first. */
  readonly codings: readonly ('zstd' | 'br' | 'gzip')[]
  /** Shorter answers are sent as they are. */
  readonly minBytes: number
}

export interface FileSettings {
  /** Asked in this order. `prefix`: '' or '/assets'; `directory`: an absolute path. */
  readonly directories: readonly { readonly prefix: string; readonly directory: string }[]
  /** Cache-Control of paths; the first that fits counts. */
  readonly cacheRules: readonly { readonly pattern: string; readonly value: string }[]
  /** Whether links may lead out of a directory. */
  readonly followsLinks: boolean
}

/** Addresses of proxies; `unix`: all clients on Unix sockets. */
export type TrustedNetwork =
  | 'unix'
  | { readonly address: string; readonly prefix: number; readonly family: 'ipv4' | 'ipv6' }

/** Whom to believe who the client is. */
export interface ForwardingSettings {
  readonly trusted: readonly TrustedNetwork[]
  /** Whether the operator has said so; then the fields of all others are removed. */
  readonly isExplicit: boolean
  /** Which field is believed: X-Forwarded-For with its companions, or Forwarded (RFC 7239). */
  readonly field: 'x-forwarded' | 'forwarded'
  /** Whether each request has an X-Request-Id, and its answer the same. */
  readonly requestId: boolean
}

export const DEFAULT_FORWARDING: ForwardingSettings = {
  trusted: ['unix'],
  isExplicit: false,
  field: 'x-forwarded',
  requestId: false,
}

export const DEFAULT_SETTINGS: ServerSettings = {
  ...DEFAULT_LIMITS,
  headTimeoutMs: 10_000,
  bodyTimeoutMs: 300_000,
  bodyMinRate: 240,
  writeTimeoutMs: 300_000,
  keepaliveTimeoutMs: 65_000,
  requestTimeoutMs: 0,
  inFlight: 0,
  healthPaths: [],
  requestsPerConnection: 0,
  connections: 10_000,
  serverHeader: 'Starlight',
  forwarding: DEFAULT_FORWARDING,
  http2: true,
  http2Streams: 100,
  redirectToHttps: undefined,
  hstsSeconds: 0,
  files: undefined,
  sendfile: undefined,
  challenges: undefined,
  compress: undefined,
}

/** How long a body may be slower than the minimum rate. Apache's mod_reqtimeout starts counting after 20 s as well. */
export const BODY_GRACE_MS: number = 20_000
/**
 * How long and how much is read after the last answer, so that a reset does not destroy it on its way (RFC 9112 9.6): many clients
 * read only when all of their upload is sent. The times are those of nginx (lingering_time, lingering_timeout).
 */
export const LINGER_MS: number = 30_000
export const LINGER_BYTES: number = 1024 * 1024 * 1024
/** Silence that ends it sooner. */
export const LINGER_QUIET_MS: number = 5_000
/** The same for a server that goes. */
export const LAST_LINGER_QUIET_MS: number = 2_000
/** What is read of a body that the application did not want, to keep the connection. */
export const DRAIN_BYTES: number = 256 * 1024
/** Unread input beyond which the socket is not read from. */
export const READ_AHEAD_BYTES: number = 64 * 1024
/** Output that is gathered before it is handed to the socket within one turn. */
export const GATHER_BYTES: number = 64 * 1024
/** How long after its request the end of a client is taken for one that was sent along with it, and how long such a client then waits for each piece. */
export const HALF_CLOSED_MS: number = 1_000
/** How long a client that has ended waits for its answer to begin. */
export const UNANSWERED_MS: number = 2_000
/** Bytes that are copied into the gathered text instead of being a write of their own. */
export const COPY_BYTES: number = 4096
/** Bytes of an application's own that wait for the end of a turn to leave in one write. */
export const HOLD_BYTES: number = 1024 * 1024
/** How long an idle connection is left open after draining began: a request may be on its way. */
export const QUIET_MS: number = 1_000
