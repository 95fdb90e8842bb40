// What instrumentation of node:http sees of requests to applications of the other kinds: a request and a response of node:http, and a
// server that emits both around the application. They only show what the Exchange does; but a response that the instrumentation itself
// ends, to refuse a request, is sent.
import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { answerFailure } from '../answer-failure.ts'
import type { AppContext, Exchange, Handler, Peer, SettledRequest } from '../handler.ts'
import { whenSettled } from '../request-channels.ts'
import { closeResponse } from './completion.ts'
import type { AnyServer } from './exported-server.ts'
import { publishFinish, publishStart } from './http-events.ts'
import type { GenuineRequest, GenuineResponse } from './internals.ts'
import { closeRequest, endRequest, makeBodyless } from './request.ts'
import { addTlsProperties, closePeer, SocketFacts } from './socket-properties.ts'
import { StandInServers } from './stand-in-servers.ts'

// Not imported: see status.ts.
const http = process.getBuiltinModule('node:http')

/** Who is at the other end. */
class ShownSocket extends SocketFacts {
  readonly server: AnyServer

  constructor(peer: Peer, server: AnyServer) {
    super(peer)
    this.server = server
  }

  get writableLength(): number {
    return 0
  }

  end(): this {
    return this.destroy()
  }

  destroy(): this {
    if (!this.destroyed) setImmediate(closePeer, this.peer, 'destroy')
    this.destroyed = true
    return this
  }

  protected timedOut(): void {
    this.emit('timeout')
  }
}

class EncryptedShownSocket extends ShownSocket {}
addTlsProperties(EncryptedShownSocket.prototype)

/**
 * What is called for a request. Not in a WeakMap of requests: collecting what dies young takes V8 a hundred milliseconds with one, and a
 * third of one without.
 */
const CALL: unique symbol = Symbol('call')

type ShownRequest = GenuineRequest & { [CALL]?: () => void }
type Chunk = string | Uint8Array
type Done = (error?: Error | null) => void

/** Shows the answer of its exchange; and is the answer, when it is ended while there is none. */
class ShownResponse extends http.ServerResponse {
  readonly #exchange: Exchange
  readonly #body: Buffer[] = []
  #settled: SettledRequest | undefined

  constructor(req: IncomingMessage, exchange: Exchange) {
    super(req)
    this.#exchange = exchange
  }

  /** The exchange is over: status and fields are those of its answer. */
  settle(request: SettledRequest): void {
    this.#settled = request
    if (request.status >= 100) this.statusCode = request.status
    this.statusMessage = http.STATUS_CODES[this.statusCode] ?? ''
    const shown = this as unknown as GenuineResponse
    // For who asks for `headersSent`.
    if (request.status > 0) shown._header ??= `HTTP/1.1 ${request.status} ${this.statusMessage}\r\n\r\n`
    this.finished = request.isComplete
  }

  override getHeader(name: string): ReturnType<ServerResponse['getHeader']> {
    return this.#settled?.responseField(name.toLowerCase()) ?? super.getHeader(name)
  }

  override getHeaders(): OutgoingHttpHeaders {
    const fields = super.getHeaders()
    const { responseFields = [] } = this.#settled ?? {}
    const given: OutgoingHttpHeaders = Object.create(null)
    for (let i = 0; i < responseFields.length; i += 2) {
      const name = responseFields[i]!.toLowerCase()
      const value = responseFields[i + 1]!
      const before = given[name]
      given[name] = before === undefined ? value : [before as string | string[], value].flat()
    }
    return Object.assign(fields, given)
  }

  override getHeaderNames(): string[] {
    return Object.keys(this.getHeaders())
  }

  override hasHeader(name: string): boolean {
    return this.getHeader(name) !== undefined
  }

  override writeHead(status: number, ...rest: readonly unknown[]): this {
    const [fields] = rest.filter(part => typeof part === 'object' && part !== null)
    this.statusCode = status
    const flat = Array.isArray(fields) ? fields.flat() : Object.entries((fields ?? {}) as OutgoingHttpHeaders).flat()
    for (let i = 0; i < flat.length; i += 2) this.setHeader(String(flat[i]), flat[i + 1] as OutgoingHttpHeader)
    return this
  }

  override write(chunk: Chunk, encoding?: BufferEncoding | Done): boolean {
    this.#body.push(Buffer.from(chunk as string, typeof encoding === 'string' ? encoding : 'utf8'))
    return true
  }

  override end(chunk?: Chunk | Done | null, encoding?: BufferEncoding | Done): this {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) this.write(chunk, encoding)
    if (this.#exchange.state !== 'pending') return this
    const fields = Object.entries(this.getHeaders()).flatMap(([name, value]) =>
      [value].flat().flatMap(part => [name, String(part)]),
    )
    this.#exchange.answer(this.statusCode, fields, Buffer.concat(this.#body))
    return this
  }
}

// Node 24 keeps it in a field of its own that nobody else can write. No accessor in the class: the types say that it is no accessor there.
Object.defineProperty(ShownResponse.prototype, 'writableFinished', {
  configurable: true,
  get(this: ShownResponse): boolean {
    return this.finished
  },
})

export class HttpView {
  readonly #context: AppContext
  readonly #servers: StandInServers
  readonly #sockets = new WeakMap<Peer, ShownSocket>()

  constructor(context: AppContext) {
    this.#context = context
    this.#servers = new StandInServers(req => (req as ShownRequest)[CALL]?.())
  }

  /** Calls `handler` from within the `emit` of a server. */
  show(exchange: Exchange, handler: Handler): undefined | Promise<void> {
    const socket = this.#socketOf(exchange.peer)
    const { server } = socket
    const req: ShownRequest = makeBodyless(exchange.head, socket, exchange.head.path, http.IncomingMessage)
    const res = new ShownResponse(req, exchange)
    const shown = res as unknown as GenuineResponse
    Object.assign(res, { socket })
    let isInside = true
    let later: undefined | Promise<void>
    req[CALL] = () => {
      whenSettled(exchange, request => conclude(req, res, request))
      later = handler(exchange)
      if (!isInside) later?.catch(cause => answerFailure(exchange, cause, this.#context))
    }
    publishStart(req, shown, server)
    server.emit('request', req, res)
    isInside = false
    return later
  }

  #socketOf(client: Peer): ShownSocket {
    const peer = client.connection
    let socket = this.#sockets.get(peer)
    if (socket === undefined) {
      socket = peer.isEncrypted
        ? new EncryptedShownSocket(peer, this.#servers.encrypted)
        : new ShownSocket(peer, this.#servers.plain)
      this.#sockets.set(peer, socket)
    }
    if (socket.isFor !== client) socket.actFor(client)
    return socket
  }
}

/** What node:http emits behind an answer. */
function conclude(req: GenuineRequest, res: ShownResponse, request: SettledRequest): void {
  const shown = res as unknown as GenuineResponse
  res.settle(request)
  if (request.isComplete) {
    publishFinish(req, shown)
    res.emit('finish')
  }
  closeResponse(shown)
  endRequest(req)
  process.nextTick(closeRequest, req)
}
