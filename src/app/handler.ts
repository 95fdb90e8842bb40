// The contract between the server and an application of any kind. The server gives an Exchange to the one Handler;
// the adapters (psgi, fetch, node) are Handlers. Nothing here knows a socket.
import type { Duplex } from 'node:stream'
import type { Server as TlsServer } from 'node:tls'
import type { RequestHead } from '../http1/request/request-head.ts'
import type { Log } from '../log/log.ts'
import type { X509Certificate } from './client-certificate.ts'
import type { ProxyHeader } from './proxy-header.ts'

/** Header fields as a flat list: name, value, name, value. Order and repeats are kept, names keep their case. */
export type HeaderList = readonly string[]

/** What the application does with one request. A promise means that the answer comes later. */
export type Handler = ((exchange: Exchange) => undefined | Promise<void>) & {
  /** Whether requests with `Upgrade` are given to the handler as such (not Node style without an `upgrade` listener). */
  readonly takesUpgrades?: boolean
  /** Called once when the server takes no connection any more and has none. Resolves when the application is done with it; never rejects. */
  readonly onClosed?: () => Promise<void>
}

/** Both ends of the connection. Behind a trusted proxy the client is the one that the proxy names, for one request. */
export interface Peer {
  /** That of the connection itself, fixed for its life; this one unless a trusted proxy has named the client. */
  readonly connection: Peer
  /** Client address as text; undefined on a Unix socket. */
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  /** The name and port that the listener is configured with (SERVER_NAME and SERVER_PORT of PSGI). */
  readonly serverName: string
  readonly serverPort: string
  /** Whether the connection is TLS. */
  readonly isEncrypted: boolean
  /** What a proxy has told of the client by the PROXY protocol; undefined on a listener without it. */
  readonly proxyHeader?: ProxyHeader | undefined
  /**
   * The certificate that the client of this connection has shown, and that one of the authorities has signed; null: it has shown none. Undefined
   * where nobody is asked for one.
   */
  readonly clientCertificate?: X509Certificate | null | undefined
  /** Whether it is encrypted as far as its proxy only: its socket is no TLS socket then. */
  readonly tlsEndsAtProxy?: boolean
  /** How long the connection is kept between requests, in milliseconds; 0 for as long as the client likes. */
  readonly keepaliveTimeoutMs: number
  /**
   * The net.Socket or tls.TLSSocket itself, made when it is first asked for. For `req.socket` and `psgix.io`; never read from or
   * written to before `takeOver`.
   */
  readonly socket: Duplex
  /** For a connection that is no socket's own (HTTP/2): closes it. Otherwise its socket is closed. */
  cut?(): void
  /** Called once when the connection has closed. For the adapter; cheaper than a listener, which needs a socket. */
  onClosed: (() => void) | undefined
  /**
   * Called when the client has closed its sending side, and behind that for each request that had come before. An adapter that sets it decides what that means for the request in hand
   * (`abandon`). Otherwise the client counts as gone: at once while an answer is streamed, after a grace when its end came along with
   * the request or before the answer.
   */
  onEnded: (() => void) | undefined
}

/** What became of a request. */
export interface SettledRequest {
  /** 0 when nothing final was sent. */
  readonly status: number
  /** False when the answer was cut or the client did not stay for it. */
  readonly isComplete: boolean
  /** As the application gave them. */
  readonly responseFields: HeaderList
  /** Response field by lower-case name, joined with ', '; undefined when absent. */
  responseField(name: string): string | undefined
}

/**
 * One request and its answer. Calls that do not fit the state throw an AppError.
 * States: `pending` (nothing final sent), `body` (head sent), `done`.
 */
export interface Exchange {
  readonly head: RequestHead
  readonly peer: Peer
  readonly state: 'pending' | 'body' | 'done'
  /** Fields that the answer has unless the application gives its own (--request-id, --hsts); for answers as bytes of the adapter's own. */
  readonly ownFields: HeaderList
  /** False when the request has no body at all: `read` then gives null at once. */
  readonly hasBody: boolean
  /** Length in bytes that Content-Length declares; undefined for a chunked body; 0 without a body. */
  readonly contentLength: number | undefined
  /** Whether the connection is lost (or the answer was cut): what is written now is dropped. */
  readonly isGone: boolean
  /**
   * Aborted when the client leaves before the answer is complete. Made on first use. As in Go's net/http, a client that has
   * closed its sending side counts as leaving here, but not for `isGone`: an answer that comes all the same is sent.
   */
  readonly signal: AbortSignal
  /** Called once when the connection is lost before the answer is complete, or the body of one that `isReading`. For the adapter; cheaper than `signal`. */
  onGone: (() => void) | undefined
  /** Called once when the request is over, whatever became of it. */
  onSettled: ((request: SettledRequest) => void) | undefined
  /** Of the answer; 0 until it has begun. */
  readonly status: number
  /**
   * The next piece of the request body; null at its end. A value at once when bytes are there, else a promise; one read at
   * a time. The bytes are the caller's own from then on. The first read sends `100 Continue` to a client that waits for it.
   * Rejects with ClientDisconnected when the body is cut, with RequestError when it breaks the rules or is too large, with an AppError
   * when the answer is complete and the rest of the body was let go of: null is never anything but the end of the body.
   */
  read(): Uint8Array | null | Promise<Uint8Array | null>
  /**
   * Whether the application goes on with a body that it has begun to read. Asked from the moment the answer is complete: while
   * it says so, the connection waits for the reader (as long as an idle one waits for a request) and takes no next request. Without
   * it what is left of the body is dropped.
   */
  isReading: (() => boolean) | undefined
  /** The body is not read any further: what is left of it is dropped once the answer is complete. */
  releaseBody(): void
  /** Trailer fields of a chunked request as a flat list, once `read` has given null. */
  readonly trailers: HeaderList

  /**
   * The whole answer in one call. The server adds Date, Server, Content-Length and Connection, and leaves the body out for
   * HEAD, 204 and 304. Strings are sent as UTF-8. Throws an AppError on a bad status or field, before anything is sent.
   */
  answer(status: number, headers: HeaderList, body: string | Uint8Array, reason?: string): void
  /** Sends an answer's head; the body follows with `write` and `end`. Framing is the server's: by Content-Length if the app gave it, else chunked (1.1) or until close (1.0). */
  begin(status: number, headers: HeaderList, reason?: string): void
  /** Undefined when the kernel or the buffer took the bytes; a promise that resolves when there is room again (also when the client has gone: look at `isGone`). */
  write(chunk: string | Uint8Array): Promise<void> | undefined
  /** The same promise, for those who have not just written. */
  whenWritable(): Promise<void> | undefined
  /** Bytes that were sent and that the kernel has not taken. */
  readonly queuedBytes: number
  /** Whether the kernel has all bytes that were sent on the connection so far, or the connection is lost: their memory may be written to again. */
  readonly isFlushed: boolean
  /** Ends the body; trailers are sent only after a chunked body. Body shorter than its Content-Length: the connection is cut and the error logged. */
  end(trailers?: HeaderList): void
  /** An interim (1xx) response; nothing is sent to HTTP/1.0 clients. */
  inform(status: number, headers: HeaderList): void
  /** Ends an answer that cannot be completed: the client must see that it is cut. Before the head is sent this is a 500. Logs nothing. */
  fail(error: unknown): void

  /**
   * For adapters that write the response's own bytes (Node's ServerResponse): declares the status, and the head that the
   * bytes will begin with. Both are for the log; nothing is sent.
   */
  beginRaw(status: number, head?: string): void
  /** As `write`; bytes are sent at the end of this turn, with what comes behind them, and must be as they are until then. */
  writeRaw(data: string | Uint8Array, encoding?: BufferEncoding): Promise<void> | undefined
  /** Sends such bytes now; undefined when their memory may be written to again, else a promise for it. */
  sendRaw(): Promise<void> | undefined
  /** `persist`: whether the bytes that were written let the connection live on. `trailers`: where the bytes cannot have them (HTTP/2). */
  endRaw(persist: boolean, trailers?: HeaderList): void

  /** Whether the connection may serve another request after this one, as far as client and server are concerned; a body that is left unread may still end it. */
  readonly mayPersist: boolean
  /** Asks that the connection closes after this answer. */
  closeAfter(): void
  /** Ends everything: the client has left. True when it ended in the middle of its body; it is still told so if nothing has been sent. */
  abandon(): boolean
  /** Leaves HTTP: the socket belongs to the application from now on (101, CONNECT-like, psgix.io). `head`: bytes that came behind the request. */
  takeOver(): { readonly socket: Duplex; readonly head: Uint8Array }
  /** Asks that this worker is replaced once the request is done (psgix.harakiri.commit). */
  retireWorker(): void
}

/** Limits that an http.Server of Node's has, too. Milliseconds and counts; 0 for none. */
export type ServerLimit =
  | 'keepaliveTimeoutMs'
  | 'headTimeoutMs'
  | 'bodyTimeoutMs'
  | 'requestsPerConnection'
  | 'connections'

/** What an application's own http.Server says to the server that serves in its place. */
export interface OwnServer {
  /** Whether nobody else has said it. */
  isFree(what: ServerLimit | 'tls'): boolean
  /** At any time. */
  limit(limits: Partial<Record<ServerLimit, number>>): void
  /** Connections are encrypted as this server does it. Before anything listens. */
  encrypt(server: TlsServer): void
  /** What cannot be kept to, a sentence for the operator. Before anything listens. */
  warn(text: string): void
}

/** What an adapter knows about the server that it runs in. */
export interface AppContext {
  /** `--env`: `deployment`, `development` or any other name. */
  readonly environment: string
  /** `--path`: the prefix that the app is mounted at, without trailing slash; '' for none. */
  readonly mount: string
  /** Where the application lies, so that its packages are found; undefined for one that came from no file. */
  readonly directory?: string
  /** False with `--no-default-middleware`: `development` then adds neither Lint nor the error page. */
  readonly defaultMiddleware: boolean
  /** Set when the application could be of another kind than that of its adapter. */
  readonly guess?: { takeAdvice(): string | undefined }
  readonly multiprocess: boolean
  readonly multithread: boolean
  /** Whether PSGI input is read from the client while the application runs (`--stream-input`), and kept nowhere. */
  readonly streamsInput?: boolean
  /** Where PSGI input is kept otherwise: in memory up to `memoryBytes`, above that in an unlinked file in `directory`. */
  readonly spool: { readonly memoryBytes: number; readonly directory: string }
  readonly log: Log
  /** Absent: nothing of it counts. */
  readonly ownServer?: OwnServer
  /** Work that goes on after the answer (waitUntil, psgix.cleanup); a leaving worker waits for it. */
  background(work: Promise<unknown>): void
}
