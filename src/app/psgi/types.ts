// The public types of a PSGI-style application: PSGI 1.1 in TypeScript's words.

import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { ProxyHeader } from '../proxy-header.ts'
import type { ServerWebSocket, UpgradeOptions } from '../websocket/types.ts'

/**
 * An application: called once per request, gives the response, a promise of it, or a function that gives it later.
 *
 * @example
 * const app: PsgiApp = env => [200, ['Content-Type', 'text/plain'], [`Hello from ${env.PATH_INFO}`]]
 */
export type PsgiApp = (env: PsgiEnv) => PsgiAnswer | Promise<PsgiAnswer>

export type PsgiAnswer = PsgiResponse | PsgiDelayedResponse

/** Status (200 to 599 and beyond), fields and body. Without a body two elements are enough. */
export type PsgiResponse = readonly [status: number, headers: PsgiHeaders, body?: PsgiBody]

/** Status and fields of a response whose body follows through a PsgiWriter. */
export type PsgiResponseHead = readonly [status: number, headers: PsgiHeaders]

/** PSGI's flat list (name, value, name, value), pairs, an object, or anything that lists pairs: Headers, Map. */
export type PsgiHeaders =
  | readonly PsgiHeaderValue[]
  | readonly (readonly [name: string, value: PsgiHeaderValue])[]
  | Readonly<Record<string, PsgiHeaderValue | readonly PsgiHeaderValue[]>>
  | PsgiHeaderMap

/** A number is sent as its decimal digits. A string is one line; characters up to U+00FF, one byte each. */
export type PsgiHeaderValue = string | number

/** What Headers and Map have in common. */
export interface PsgiHeaderMap {
  entries(): IterableIterator<[string, PsgiHeaderValue | readonly PsgiHeaderValue[]]>
}

/** A piece of a body. Strings are sent as UTF-8; empty pieces are skipped. */
export type PsgiChunk = string | Uint8Array

/**
 * A body. Arrays, strings and bytes get their Content-Length computed; so does the FileHandle of a regular file, which is
 * sent from its first byte to its last and then closed. The others are sent piece by piece, no faster than the client reads.
 */
export type PsgiBody =
  | PsgiChunk
  | Iterable<PsgiChunk>
  | AsyncIterable<PsgiChunk>
  | ReadableStream<PsgiChunk>
  | Readable
  | FileHandle
  | null
  | undefined

/** The delayed form: is given a responder and may call it at once or later. A promise that it returns is awaited for its error. */
export type PsgiDelayedResponse = (respond: PsgiResponder) => unknown

/** To be called once: with a whole response, or with status and fields only to get the writer of its body. */
export interface PsgiResponder {
  (head: PsgiResponseHead): PsgiWriter
  (response: PsgiResponse): undefined
}

export interface PsgiWriter {
  /** Undefined when there is room for more; else a promise that resolves when there is (or when the client has gone). */
  write(chunk: PsgiChunk): Promise<void> | undefined
  /**
   * Ends the body; a second time does nothing. Every writer must be closed, also when `starlight.signal` is aborted: a client
   * that has only closed its sending side is still waiting.
   */
  close(): void
}

/**
 * The request body, which is complete before the app is called. Whole-body methods start at its first byte, and may be called again.
 * With `--stream-input` it is still on its way: it can be iterated and streamed, once, and all that gives bytes at once throws.
 */
export interface PsgiInput extends AsyncIterable<Uint8Array> {
  /** Bytes of the body. */
  readonly length: number
  /** The whole body. At once, not by promise: it is there already. */
  bytes(): Uint8Array
  /** The whole body, decoded as UTF-8. */
  text(): string
  /** The whole body as JSON. Throws a SyntaxError when it is none. */
  json(): unknown
  /** The whole body as a Node stream. */
  stream(): Readable
  /**
   * PSGI's read: copies up to `length` bytes (default: what fits) from the present position to `buffer` at `offset`
   * (default 0). Gives the number of bytes; 0 at the end.
   */
  read(buffer: Uint8Array, length?: number, offset?: number): number
  /** PSGI's seek, for `read`: whence 0 from the start, 1 from the position, 2 from the end. False outside of the body. */
  seek(position: number, whence?: 0 | 1 | 2): boolean
}

/** psgi.errors: what is printed goes to the server's error log. */
export interface PsgiErrors {
  print(...text: unknown[]): void
}

export interface PsgiLogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'fatal'
  readonly message: string
}

/**
 * The environment of one request; the app may change it. Texts from the request (PATH_INFO, HTTP_*) are byte strings: one
 * character per byte, as in PSGI and WSGI. `Buffer.from(env.PATH_INFO, 'latin1').toString()` reads them as UTF-8.
 *
 * `psgix.io`, `starlight.signal`, `starlight.proxy_header` and `starlight.upgrade` come into being when they are read, and are no own keys: a
 * copy (`{ ...env }`) has all but these four, an `Object.create(env)` has all.
 */
export interface PsgiEnv {
  REQUEST_METHOD: string
  /** The prefix of `--path`, '' without one. */
  SCRIPT_NAME: string
  /** The path behind SCRIPT_NAME, percent-decoded once. '/' for `OPTIONS *`. */
  PATH_INFO: string
  /** Path and query as they were sent. */
  REQUEST_URI: string
  /** What follows '?', not decoded; '' without it. */
  QUERY_STRING: string
  SERVER_NAME: string
  SERVER_PORT: string
  SERVER_PROTOCOL: 'HTTP/1.0' | 'HTTP/1.1'
  /** Absent on Unix sockets. */
  REMOTE_ADDR?: string
  REMOTE_PORT?: string
  /** Bytes of the body, when there is one: of a chunked body its decoded length. */
  CONTENT_LENGTH?: string
  CONTENT_TYPE?: string
  /** Only where clients are asked for a certificate (`--ssl-verify-mode`); NONE: this one has shown none. */
  SSL_CLIENT_VERIFY?: 'NONE' | 'SUCCESS'
  /** Of the certificate that the client has shown, as mod_ssl of Apache names them: SSL_CLIENT_S_DN, SSL_CLIENT_S_DN_CN, SSL_CLIENT_CERT, ... */
  readonly [name: `SSL_CLIENT_${string}`]: string | undefined

  'psgi.version': readonly [1, 1]
  'psgi.url_scheme': 'http' | 'https'
  'psgi.input': PsgiInput
  'psgi.errors': PsgiErrors
  'psgi.multithread': boolean
  'psgi.multiprocess': boolean
  'psgi.run_once': boolean
  'psgi.nonblocking': boolean
  'psgi.streaming': boolean

  'psgix.input.buffered': boolean
  'psgix.logger': (entry: PsgiLogEntry) => void
  /** Sends a 1xx response, e.g. 103 Early Hints, ahead of the real one. */
  'psgix.informational': (status: number, headers: PsgiHeaders) => void
  'psgix.harakiri': boolean
  /** Set to true to have this worker replaced after the request. */
  'psgix.harakiri.commit'?: boolean
  'psgix.cleanup': boolean
  /** Called in order with `env` after the response is sent; promises are awaited, errors logged. */
  'psgix.cleanup.handlers': ((env: PsgiEnv) => unknown)[]
  /** The raw socket. Reading it ends HTTP on this connection: the answer that the app returns is not sent. */
  readonly 'psgix.io'?: unknown
  /** Aborted when the client leaves before its answer is complete. */
  readonly 'starlight.signal': AbortSignal
  /** What a proxy has told of the client by the PROXY protocol; undefined on a listener without it. */
  readonly 'starlight.proxy_header': ProxyHeader | undefined
  /**
   * Opens the WebSocket that the request asks for, with the `ws` package. The 101 has been sent when it returns; `response` is to be
   * returned. Throws when the request asks for none (uncaught, the client gets 426), or not in the right way (400), and when `ws` is not installed.
   */
  readonly 'starlight.upgrade': (options?: UpgradeOptions) => {
    readonly socket: ServerWebSocket
    readonly response: PsgiResponse
  }

  /** Request fields: `X-Forwarded-For` is HTTP_X_FORWARDED_FOR, repeats are joined with ', ' (Cookie: '; '). */
  [field: `HTTP_${string}`]: string | undefined
  /** Keys of apps and middleware contain a dot. */
  [key: string]: unknown
}
