// Response without undici: status, fields and a body of known content. A body of another kind lives in a native Response that
// stands behind the light one; status and fields always are ours. What the native class would refuse or convert goes through it.
// biome-ignore-all lint/complexity/noArguments: Web IDL tells a missing argument from an undefined one, and rest parameters change "length"
import type { Exchange } from '../../handler.ts'
import { sendDeferred, sendStream } from '../adapter/send.ts'
import { BodyCopy } from './body-copy.ts'
import { isUnread, isUsed, spentResponse } from './body-stream.ts'
import { type Deferred, isDeferred, typeOfDeferred } from './deferred-body.ts'
import { fieldsOfPairs, valueIndex } from './fields.ts'
import { defineInspection } from './inspection.ts'
import { type Content, contentOf, contents, streamContent } from './lazy-stream.ts'
import { copyFields, headersOverFields, type LightHeaders } from './light-headers.ts'
import { nativeMember, natives, shapeLikeWebIdl } from './native-classes.ts'
import { plainContent } from './plain-content.ts'

/** Sends the response; a promise when its body is a stream. Throws an AppError when the body has been read. */
export let sendLight: (response: LightResponse, exchange: Exchange) => undefined | Promise<void>
export let isLightResponse: (value: unknown) => value is LightResponse
/** The native object that reads the body of `response`. */
export let bodyOfResponse: (response: LightResponse) => Response

// Shared by all responses without fields of their own and copied before they change, so that a server can know them again.
const NO_FIELDS: string[] = []
const TEXT_FIELDS: string[] = ['content-type', 'text/plain;charset=UTF-8']
const JSON_FIELDS: string[] = ['content-type', 'application/json']
const OURS: ReadonlySet<unknown> = new Set([NO_FIELDS, TEXT_FIELDS, JSON_FIELDS])

/** `Response` of the Fetch standard. */
export class LightResponse {
  #status = 200
  #statusText = ''
  /** Also the list of `#headers`, which changes it in place. */
  #fields: string[] = NO_FIELDS
  #headers: LightHeaders | undefined
  /** Undefined when only the stream knows: ours, or that of `#holder`. */
  #content: Content | undefined
  /** `body`, once it was asked for or when it was given as a stream. */
  #stream: ReadableStream | undefined
  /** A body that is read when it is sent, as long as nobody has asked for it. */
  #deferred: Deferred | undefined
  /** A native Response with our body, once it is needed to read or to copy it. It keeps the stream alive. */
  #holder: Response | undefined

  /** `kind` is ours alone: other values than the list for JSON mean nothing. */
  constructor(body: unknown = null, init: unknown = undefined, kind: unknown = TEXT_FIELDS) {
    if (typeof body === 'string') this.#content = body
    else this.#takeBody(body)
    if (init !== undefined && !this.#takeHead(init)) this.#takeNativeHead(body, init)
    if (this.#content !== null) this.#addType(kind === JSON_FIELDS ? JSON_FIELDS : TEXT_FIELDS)
  }

  static {
    isLightResponse = (value): value is LightResponse => typeof value === 'object' && value !== null && #status in value
    bodyOfResponse = response => response.#hold()
    sendLight = (response, exchange) => {
      const reason = response.#statusText === '' ? undefined : response.#statusText
      const content = response.#content
      const deferred = response.#deferred
      if (deferred !== undefined && response.#holder === undefined) {
        response.#holder = spentResponse()
        return sendDeferred(exchange, response.#status, response.#fields, reason, deferred)
      }
      if (content === undefined || response.#isSpent()) {
        return sendStream(exchange, response.#status, response.#fields, reason, response.#bodyToRead())
      }
      if (content instanceof BodyCopy) sendCopy(exchange, response.#status, response.#fields, content, reason)
      else exchange.answer(response.#status, response.#fields, content ?? '', reason)
      return undefined
    }
  }

  static error(): Response {
    return natives().Response.error()
  }

  static json(data: unknown, init: unknown = undefined): LightResponse {
    const text = JSON.stringify(data)
    // What has no JSON text is refused in the platform's words; so is null, which only here is no init.
    if (text === undefined || init === null) return Reflect.apply(natives().Response.json, undefined, arguments)
    return new LightResponse(text, init, JSON_FIELDS)
  }

  static redirect(_url: unknown, _status: unknown = 302): Response {
    return Reflect.apply(natives().Response.redirect, undefined, arguments)
  }

  get type(): string {
    return #status in this ? 'default' : (nativeMember('Response', 'type', this) as string)
  }

  get url(): string {
    return #status in this ? '' : (nativeMember('Response', 'url', this) as string)
  }

  get redirected(): boolean {
    return #status in this ? false : (nativeMember('Response', 'redirected', this) as boolean)
  }

  get status(): number {
    return #status in this ? this.#status : (nativeMember('Response', 'status', this) as number)
  }

  get ok(): boolean {
    return #status in this ? this.#status < 300 : (nativeMember('Response', 'ok', this) as boolean)
  }

  get statusText(): string {
    return #status in this ? this.#statusText : (nativeMember('Response', 'statusText', this) as string)
  }

  get headers(): LightHeaders {
    if (!(#status in this)) return nativeMember('Response', 'headers', this) as LightHeaders
    if (this.#headers === undefined) {
      if (OURS.has(this.#fields)) this.#fields = this.#fields.slice()
      this.#headers = headersOverFields(this.#fields)
    }
    return this.#headers
  }

  get body(): ReadableStream | null {
    if (!(#status in this)) return nativeMember('Response', 'body', this) as ReadableStream | null
    if (this.#content === null) return null
    if (this.#holder !== undefined || this.#deferred !== undefined) return this.#hold().body
    // Without a holder there is a stream or a content.
    this.#stream ??= streamContent(this.#content!)
    return this.#stream
  }

  get bodyUsed(): boolean {
    if (!(#status in this)) return nativeMember('Response', 'bodyUsed', this) as boolean
    if (this.#holder !== undefined) return this.#holder.bodyUsed
    return this.#stream !== undefined && isUsed(this.#stream)
  }

  clone(): LightResponse {
    if (!(#status in this)) return nativeMember('Response', 'clone', this) as LightResponse
    // A spent body is refused by the native class; one of known content needs no second stream.
    const holder = this.#content === undefined || this.#isSpent() ? this.#hold().clone() : undefined
    // The stream that was handed out goes to the two clones, as the standard says: who holds it finds it locked.
    if (holder === undefined && this.#stream !== undefined) {
      this.#stream.getReader()
      this.#stream = undefined
    }
    const copy = new LightResponse()
    copy.#status = this.#status
    copy.#statusText = this.#statusText
    copy.#fields = this.#fields.slice()
    copy.#content = this.#keepContent()
    copy.#holder = holder
    return copy
  }

  blob(): Promise<Blob> {
    if (!(#status in this)) return nativeMember('Response', 'blob', this) as Promise<Blob>
    return this.#holdTyped().blob()
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    if (!(#status in this)) return nativeMember('Response', 'arrayBuffer', this) as Promise<ArrayBuffer>
    return this.#hold().arrayBuffer()
  }

  text(): Promise<string> {
    if (!(#status in this)) return nativeMember('Response', 'text', this) as Promise<string>
    return this.#hold().text()
  }

  json(): Promise<unknown> {
    if (!(#status in this)) return nativeMember('Response', 'json', this) as Promise<unknown>
    return this.#hold().json()
  }

  formData(): Promise<unknown> {
    if (!(#status in this)) return nativeMember('Response', 'formData', this) as Promise<unknown>
    return this.#holdTyped().formData()
  }

  bytes(): Promise<Uint8Array> {
    if (!(#status in this)) return nativeMember('Response', 'bytes', this) as Promise<Uint8Array>
    return this.#hold().bytes()
  }

  #takeBody(body: unknown): void {
    this.#content = plainContent(body)
    if (this.#content !== undefined) return
    if (body instanceof ReadableStream) {
      this.#stream = body
      if (isUnread(body)) {
        this.#content = contentOf(body)
        return
      }
    }
    if (isDeferred(body)) {
      this.#deferred = body
      return
    }
    // Also what cannot be a body: it is refused in the platform's words.
    this.#holder = new (natives().Response)(body as never)
  }

  /** Takes what is clearly valid; false when the native class has to look at it. */
  #takeHead(init: unknown): boolean {
    if (init === null) return true
    if (typeof init !== 'object') return false
    const { status, statusText, headers } = init as Record<string, unknown>
    if (status !== undefined) {
      if (typeof status !== 'number' || !(status >= 200 && status <= 599) || status !== Math.trunc(status)) return false
      if (this.#content !== null && (status === 204 || status === 205 || status === 304)) return false
      this.#status = status
    }
    if (statusText !== undefined) {
      if (typeof statusText !== 'string' || NOT_A_REASON.test(statusText)) return false
      this.#statusText = statusText
    }
    if (headers !== undefined) this.#fields = copyFields(headers)
    return true
  }

  #takeNativeHead(body: unknown, init: unknown): void {
    // The body is only there to be refused with a null body status; it must not be taken or add its type.
    const witness = body === null || body === undefined ? null : new Uint8Array(0)
    const native = new (natives().Response)(witness, init as ResponseInit)
    this.#status = native.status
    this.#statusText = native.statusText
    this.#fields = fieldsOfPairs(native.headers)
  }

  /** Fetch's "initialize a response": the body's type, unless the fields have one. */
  #addType(typeFields: string[]): void {
    const ofString = typeof this.#content === 'string' && this.#stream === undefined
    if (this.#fields === NO_FIELDS && ofString) {
      this.#fields = typeFields
      return
    }
    const type = ofString
      ? typeFields[1]
      : (this.#holder?.headers.get('content-type') ?? typeOfDeferred(this.#deferred))
    if (type === undefined || type === null || valueIndex(this.#fields, 'content-type') !== -1) return
    if (this.#fields === NO_FIELDS) this.#fields = ['content-type', type]
    else this.#fields.push('content-type', type)
  }

  #isSpent(): boolean {
    const stream = this.#holder === undefined ? this.#stream : this.#holder.body
    return stream !== undefined && stream !== null && !isUnread(stream)
  }

  #bodyToRead(): ReadableStream | null {
    return this.#holder === undefined && !this.#isSpent() ? this.body : this.#hold().body
  }

  #hold(): Response {
    if (this.#holder !== undefined) return this.#holder
    const stream = this.#stream
    // The native class takes no stream that is being read elsewhere. Not kept: its reader may let go of it unread.
    if (stream !== undefined && !isUnread(stream)) return spentResponse()
    this.#holder = new (natives().Response)((stream ?? this.#deferred ?? contents(this.#content)) as never)
    return this.#holder
  }

  /** The content for another Response, which may be sent long after this one. */
  #keepContent(): Content | undefined {
    if (this.#content instanceof BodyCopy) this.#content = this.#content.keep()
    return this.#content
  }

  /** The body with its type, for the readers that look at it. */
  #holdTyped(): Response {
    const holder = this.#hold()
    const type = this.headers.get('content-type')
    // A spent body cannot be taken over; the native reader then rejects as it should.
    if (this.#isSpent()) return holder
    return new (natives().Response)(holder.body, type === null ? {} : { headers: { 'content-type': type } })
  }
}

/** RFC 9112 4: reason-phrase = 1*( HTAB / SP / VCHAR / obs-text ); the empty one is fine too. */
const NOT_A_REASON = /[^\t\x20-\x7e\x80-\xff]/

function sendCopy(
  exchange: Exchange,
  status: number,
  fields: string[],
  copy: BodyCopy,
  reason: string | undefined,
): void {
  exchange.answer(status, fields, copy.borrow(), reason)
  if (exchange.isFlushed) copy.giveBack()
  else void exchange.whenWritable()?.then(() => exchange.isFlushed && copy.giveBack())
}

shapeLikeWebIdl(LightResponse, 'Response')
defineInspection('Response', LightResponse, isLightResponse, response => {
  const { status, statusText, headers, body, bodyUsed, ok, redirected, type, url } = response
  return { status, statusText, headers, body, bodyUsed, ok, redirected, type, url }
})
for (const name of ['error', 'json', 'redirect']) Object.defineProperty(LightResponse, name, { enumerable: true })
