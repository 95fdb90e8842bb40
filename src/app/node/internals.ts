// The members of Node's http objects that its own server uses and its types leave out. They have been the same from
// Node 20 to 26; the comparison with node:http in the tests runs on each line and fails when one of them moves.
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'

export type GenuineRequest = IncomingMessage & {
  /** Whether somebody has begun to read. */
  _consuming: boolean
  /** Whether `_dump` was called: what still comes is dropped. */
  readonly _dumped: boolean
  upgrade: boolean
  readonly _eventsCount: number
  readonly _readableState: ReadableStanding
  _read(): void
  /** Takes the flat list as rawHeaders, or as rawTrailers once `complete`; headers are made from it when asked for. */
  _addHeaderLines(lines: string[], count: number): void
  /** Reads the rest and throws it away. */
  _dump(): void
  _destroy(error: Error | null, done: (error?: Error | null) => void): void
}

interface ReadableStanding {
  readingMore: boolean
  readonly resumeScheduled: boolean
  ended: boolean
  errored: Error | null
  endEmitted: boolean
  destroyed: boolean
  closed: boolean
  closeEmitted: boolean
}

export type GenuineResponse = Omit<ServerResponse, 'socket'> & {
  socket: unknown
  /** The head as text, null until it is made. */
  _header: string | null
  _headerSent: boolean
  /** Whether the connection ends with this answer. */
  _last: boolean
  /** Lines of trailer fields, each with its CRLF. */
  _trailer: string
  _hasBody: boolean
  /** In milliseconds; 0 for no hint to the client. */
  _keepAliveTimeout: number
  /** Length of the body as far as it is known: from Content-Length, or because `end` brings all of it. */
  _contentLength: number | null
  _expect_continue: boolean
  _sent100: boolean
  _closed: boolean
  destroyed: boolean
  outputData: { data: string; encoding: BufferEncoding; callback: null }[]
  _storeHeader(firstLine: string, fields: unknown): void
  _finish(): void
  _flush(): void
}

/** What is asked of the application's http.Server. */
export type HttpServer = EventEmitter & { readonly httpAllowHalfOpen?: boolean }
