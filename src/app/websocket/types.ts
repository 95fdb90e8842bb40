// What applications of all kinds see of a WebSocket. The socket is one of the `ws` package; here is what of it is certain, so that nobody
// needs its types.

/** How a WebSocket is opened. */
export interface UpgradeOptions {
  /** The subprotocol, one of those that the client offers (`Sec-WebSocket-Protocol`). Default: none. */
  readonly protocol?: string
  /** Fields of the 101 response, `Set-Cookie` for example: an object, pairs, or Headers. */
  readonly headers?: Readonly<Record<string, string>> | Iterable<readonly [string, string]>
  /** Bytes that a message may have once it is decompressed; a longer one closes the socket with 1009. Default: 16 MiB. */
  readonly maxPayload?: number
  /** Whether messages are compressed when the client offers it, or the options of `ws` for it. Default: false, as in `ws`. */
  readonly perMessageDeflate?: boolean | object
}

/** An open WebSocket: an object of the `ws` package, which has more than this. */
export interface ServerWebSocket {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: 0 | 1 | 2 | 3
  /** The subprotocol; '' for none. */
  readonly protocol: string
  /** Bytes that wait for the client to take them. */
  readonly bufferedAmount: number
  /** What binary messages are in `message` events: `nodebuffer` by default. */
  binaryType: 'nodebuffer' | 'arraybuffer' | 'fragments'
  onopen: unknown
  onmessage: ((event: WebSocketMessage) => unknown) | null
  onclose: ((event: WebSocketClose) => unknown) | null
  onerror: ((event: WebSocketFailure) => unknown) | null
  send(data: string | ArrayBufferLike | ArrayBufferView, done?: (error?: Error) => void): void
  send(data: string | ArrayBufferLike | ArrayBufferView, options: { readonly compress?: boolean }): void
  close(code?: number, reason?: string): void
  ping(data?: string | Uint8Array): void
  /** Cuts the connection. */
  terminate(): void
  pause(): void
  resume(): void
  addEventListener(type: 'message', listener: (event: WebSocketMessage) => unknown): void
  addEventListener(type: 'close', listener: (event: WebSocketClose) => unknown): void
  addEventListener(type: 'error', listener: (event: WebSocketFailure) => unknown): void
  /** The events of `ws`: `message` with data and isBinary, `close` with code and reason, `ping`, `pong`, `error`. */
  on(event: string, listener: (...values: never[]) => unknown): this
}

export interface WebSocketMessage {
  readonly type: string
  /** A string for text; otherwise as `binaryType` says. */
  // biome-ignore lint/suspicious/noExplicitAny: the type of the standard's MessageEvent
  readonly data: any
}

export interface WebSocketClose {
  readonly type: string
  /** 1006 when the client left without a word. */
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean
}

export interface WebSocketFailure {
  readonly type: string
  readonly message: string
  readonly error: unknown
}
