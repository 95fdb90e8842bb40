// Request without undici: everything is looked up in the exchange when it is asked for. A Request that the application makes itself
// is a native one behind the same face.
// biome-ignore-all lint/complexity/noArguments: Web IDL tells a missing argument from an undefined one, and rest parameters change "length"
import type { Exchange } from '../../handler.ts'
import { bufferOf, decodeUtf8, readWhole, streamBody } from '../adapter/request-body.ts'
import { requestUrl } from '../adapter/request-url.ts'
import { isUnread, isUsed, spentResponse } from './body-stream.ts'
import { spentStream } from './byte-stream.ts'
import { defineInspection } from './inspection.ts'
import { copyFields, fieldsOf, headersOverFields, headersOverHead, type LightHeaders } from './light-headers.ts'
import { nativeMember, natives, shapeLikeWebIdl } from './native-classes.ts'

/** The Request of an exchange. */
export let requestOf: (exchange: Exchange) => LightRequest
export let isLightRequest: (value: unknown) => value is LightRequest
/** A native Request that takes over what `request` is, its unread body included; for the native constructor and fetch. */
export let nativeForm: (request: LightRequest) => Request

/** The native object that reads the body of `request`. */
export let bodyOfRequest: (request: LightRequest) => Request | Response
let madeBy: (request: LightRequest) => Request | undefined

/** Marks the constructor's calls that come from here. */
const OURS = Symbol('ours')

/** `Request` of the Fetch standard. */
export class LightRequest {
  /** Undefined in a request that the application made. */
  #exchange: Exchange | undefined
  /** The native request that the application made. */
  #made: Request | undefined
  #url: string | undefined
  #headers: LightHeaders | undefined
  /** `body`, once it was asked for. */
  #stream: ReadableStream<Uint8Array> | undefined
  /** The body was read without a stream. */
  #isRead = false
  /** After a clone: a native Response with our half of the body. It must live as long as we do, or its stream is cancelled. */
  #holder: Response | undefined

  constructor(input: unknown, init: unknown = undefined) {
    if (input === OURS) {
      this.#exchange = init as Exchange
      return
    }
    const from = isLightRequest(input) ? nativeForm(input) : input
    const rest = Array.prototype.slice.call(arguments, 1)
    this.#made = Reflect.construct(natives().Request, arguments.length === 0 ? [] : [from, ...rest])
  }

  static {
    requestOf = exchange => new LightRequest(OURS, exchange)
    isLightRequest = (value): value is LightRequest => typeof value === 'object' && value !== null && #exchange in value
    madeBy = request => request.#made
    bodyOfRequest = request => request.#reader()
    nativeForm = request => request.#made ?? request.#toNative(request.#exchange as Exchange)
  }

  get method(): string {
    if (!(#exchange in this)) return nativeMember('Request', 'method', this) as string
    return this.#exchange === undefined ? this.#native().method : this.#exchange.head.method
  }

  get url(): string {
    if (!(#exchange in this)) return nativeMember('Request', 'url', this) as string
    const exchange = this.#exchange
    if (exchange === undefined) return this.#native().url
    this.#url ??= requestUrl(exchange.head, exchange.peer)
    return this.#url
  }

  get headers(): LightHeaders {
    if (!(#exchange in this)) return nativeMember('Request', 'headers', this) as LightHeaders
    if (this.#exchange === undefined) return this.#native().headers as unknown as LightHeaders
    this.#headers ??= headersOverHead(this.#exchange.head)
    return this.#headers
  }

  get signal(): AbortSignal {
    if (!(#exchange in this)) return nativeMember('Request', 'signal', this) as AbortSignal
    return this.#exchange === undefined ? this.#native().signal : this.#exchange.signal
  }

  get body(): ReadableStream<Uint8Array> | null {
    if (!(#exchange in this)) return nativeMember('Request', 'body', this) as ReadableStream<Uint8Array> | null
    const holder = this.#made ?? this.#holder
    if (holder !== undefined) return holder.body as ReadableStream<Uint8Array> | null
    if (!this.#hasBody()) return null
    this.#stream ??= this.#isRead ? spentStream() : streamBody(this.#exchange as Exchange)
    return this.#stream
  }

  get bodyUsed(): boolean {
    if (!(#exchange in this)) return nativeMember('Request', 'bodyUsed', this) as boolean
    const holder = this.#made ?? this.#holder
    if (holder !== undefined) return holder.bodyUsed
    return this.#isRead || (this.#stream !== undefined && isUsed(this.#stream))
  }

  clone(): LightRequest {
    if (!(#exchange in this)) return nativeMember('Request', 'clone', this) as LightRequest
    const copy = new LightRequest(OURS, this.#exchange)
    if (this.#made !== undefined) {
      copy.#made = this.#made.clone()
      return copy
    }
    if (this.#hasBody()) {
      // The native class splits the stream, and refuses one that has been read.
      this.#holder ??= this.#toResponse()
      copy.#holder = this.#holder.clone()
    }
    if (this.#headers !== undefined) copy.#headers = headersOverFields(fieldsOf(this.#headers).slice())
    return copy
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    if (!(#exchange in this)) return nativeMember('Request', 'arrayBuffer', this) as Promise<ArrayBuffer>
    if (!this.#mayReadWhole()) return this.#reader().arrayBuffer()
    return this.#readWhole().then(bufferOf)
  }

  blob(): Promise<Blob> {
    if (!(#exchange in this)) return nativeMember('Request', 'blob', this) as Promise<Blob>
    if (!this.#mayReadWhole()) return this.#reader().blob()
    return this.#readWhole().then(bytes => this.#toResponse(bytes).blob())
  }

  bytes(): Promise<Uint8Array> {
    if (!(#exchange in this)) return nativeMember('Request', 'bytes', this) as Promise<Uint8Array>
    if (!this.#mayReadWhole()) return this.#reader().bytes()
    return this.#readWhole().then(bytes => new Uint8Array(bufferOf(bytes)))
  }

  formData(): Promise<unknown> {
    if (!(#exchange in this)) return nativeMember('Request', 'formData', this) as Promise<unknown>
    if (!this.#mayReadWhole()) return this.#reader().formData()
    return this.#readWhole().then(bytes => this.#toResponse(bytes).formData())
  }

  json(): Promise<unknown> {
    if (!(#exchange in this)) return nativeMember('Request', 'json', this) as Promise<unknown>
    if (!this.#mayReadWhole()) return this.#reader().json()
    return this.#readWhole().then(bytes => JSON.parse(decodeUtf8(bytes)))
  }

  text(): Promise<string> {
    if (!(#exchange in this)) return nativeMember('Request', 'text', this) as Promise<string>
    if (!this.#mayReadWhole()) return this.#reader().text()
    return this.#readWhole().then(decodeUtf8)
  }

  #native(): Request {
    return this.#made as Request
  }

  /** GET and HEAD with a body are legal HTTP, but no Request can say so: the body stays unread and the server drops it. */
  #hasBody(): boolean {
    const exchange = this.#exchange as Exchange
    return exchange.hasBody && exchange.head.method !== 'GET' && exchange.head.method !== 'HEAD'
  }

  /** Whether the body can be read from the exchange without any stream. */
  #mayReadWhole(): boolean {
    return this.#made === undefined && this.#holder === undefined && this.#stream === undefined && !this.#isRead
  }

  #readWhole(): Promise<Uint8Array> {
    if (!this.#hasBody()) return Promise.resolve(new Uint8Array(0))
    this.#isRead = true
    return readWhole(this.#exchange as Exchange)
  }

  /** Who reads the body when we cannot: it refuses one that was read, in its own words. */
  #reader(): Request | Response {
    const holder = this.#made ?? this.#holder
    if (holder !== undefined) return holder
    const stream = this.body
    return stream === null || isUnread(stream) ? this.#toResponse() : spentResponse()
  }

  #toResponse(body: Uint8Array | ReadableStream | null = this.body): Response {
    const type = this.headers.get('content-type')
    return new (natives().Response)(body as never, type === null ? {} : { headers: { 'content-type': type } })
  }

  #toNative(exchange: Exchange): Request {
    const { method } = exchange.head
    const { body, url, signal } = this
    const isSpent = body !== null && !isUnread(body)
    const headers = copyFields(this.headers)
    const pairs: [string, string][] = []
    for (let i = 0; i < headers.length; i += 2) pairs.push([headers[i] as string, headers[i + 1] as string])
    const native = new (natives().Request)(url, {
      method,
      headers: pairs,
      signal,
      duplex: 'half',
      ...(body === null ? {} : { body: isSpent ? new Uint8Array(0) : body }),
    })
    // Only a body of its own that is read makes a native request refuse to be used again, as a spent one must.
    if (isSpent) void native.arrayBuffer()
    return native
  }
}

/** What is the same in every request that comes from outside. */
const FIXED = {
  destination: '',
  referrer: 'about:client',
  referrerPolicy: '',
  mode: 'cors',
  credentials: 'same-origin',
  cache: 'default',
  redirect: 'follow',
  integrity: '',
  keepalive: false,
  isReloadNavigation: false,
  isHistoryNavigation: false,
  duplex: 'half',
} as const

for (const [name, value] of Object.entries(FIXED)) {
  Object.defineProperty(LightRequest.prototype, name, {
    get(this: unknown) {
      if (!isLightRequest(this)) return nativeMember('Request', name, this)
      return madeBy(this)?.[name as keyof Request] ?? value
    },
    configurable: true,
  })
}
shapeLikeWebIdl(LightRequest, 'Request')
defineInspection('Request', LightRequest, isLightRequest, request => {
  const shown: Record<string, unknown> = { method: request.method, url: request.url, headers: request.headers }
  for (const name of Object.keys(FIXED)) if (name !== 'duplex') shown[name] = request[name as keyof LightRequest]
  shown['signal'] = request.signal
  return shown
})
