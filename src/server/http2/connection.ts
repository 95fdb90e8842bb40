// A connection of HTTP/2 (RFC 9113): a session of node:http2, each stream of it one exchange. What the protocol itself asks for (frames, windows,
// header compression) is nghttp2's; here are limits, times and the orderly end.
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { RequestError } from '../../http1/faults.ts'
import type { RequestHead } from '../../http1/request/request-head.ts'
import { traceOf } from '../../log/trace.ts'
import { SocketTransport } from '../../transport/socket-transport.ts'
import { faultAnswer } from '../answer-rules.ts'
import type { DeadlineTimer } from '../deadline-timer.ts'
import { ConnectionPeer, type ListenerName } from '../peer.ts'
import type { OpenConnection, ServerContext } from '../server-context.ts'
import { LINGER_QUIET_MS, QUIET_MS } from '../settings.ts'
import { type ExchangeSession, Http2Exchange } from './exchange.ts'
import { requestHeadOf } from './request-head.ts'
import { StreamOutput, sendOwnAnswer } from './stream-output.ts'
import { StreamPeer } from './stream-peer.ts'

const trace = traceOf('connection')

// RFC 9113 7.
const NO_ERROR = 0
const ENHANCE_YOUR_CALM = 11

/** Streams that a client may reset before they are answered: so many at once, and so many per second (nghttp2: 1000 and 33). */
const RESETS_AT_ONCE = 100
const RESETS_PER_MS = 0.033
/** Pseudo-header fields, and some fields more than the limit: those beyond it are answered 431, what is beyond this is reset. */
const PAIRS_BEYOND = 32
/**
 * Unread pieces of bodies: each costs a hundred bytes and more, whatever it holds, and a window takes 65,535 of one byte. Bodies whose
 * application is late come in larger ones.
 */
const UNREAD_PIECES = 10_000
/** Data that waits for the client counts as well: a stream more is refused beyond it (node:http2: 10, which ten downloads of 1 MB reach). */
const SESSION_MEGABYTES = 100

export class Http2Connection implements OpenConnection, ExchangeSession {
  readonly context: ServerContext
  /** Zero while there are streams: each has times of its own, looked at in every tick. */
  deadline: number = Infinity
  readonly #peer: ConnectionPeer
  readonly #socket: Socket
  readonly #session: ServerHttp2Session
  readonly #exchanges: Set<Http2Exchange> = new Set()
  readonly #isForwarding: boolean
  #requests = 0
  #isClosing = false
  #resets = 0
  #resetsAt = 0

  constructor(context: ServerContext, socket: Socket, name: ListenerName) {
    this.context = context
    this.#socket = socket
    this.#peer = new ConnectionPeer(new SocketTransport(socket), name, context.settings.keepaliveTimeoutMs)
    this.#isForwarding = context.forwarding.concerns(this.#peer)
    this.#session = this.#makeSession()
    this.deadline = context.clock.after(context.settings.headTimeoutMs)
  }

  #makeSession(): ServerHttp2Session {
    const { settings, handler } = this.context
    // Loaded when the first client speaks it.
    const { performServerHandshake } = process.getBuiltinModule('node:http2')
    this.#socket.allowHalfOpen = false
    const session = performServerHandshake(this.#socket, {
      maxHeaderListPairs: settings.fieldCount + PAIRS_BEYOND,
      maxSessionMemory: SESSION_MEGABYTES,
      settings: {
        maxConcurrentStreams: settings.http2Streams,
        maxHeaderListSize: settings.headBytes,
        enableConnectProtocol: handler.takesUpgrades === true,
      },
    })
    session.on('stream', (stream, _headers, flags, raw) => this.#begin(stream, flags, raw as unknown as string[]))
    session.on('error', cause => trace?.('%s: HTTP/2 session failed: %s', this.#peer.remoteAddress, cause.message))
    session.on('close', () => this.#closed())
    return session
  }

  // --- streams

  #begin(stream: ServerHttp2Stream, flags: number, raw: readonly string[]): void {
    stream.on('error', onError)
    // Reset in the turn in which it came.
    if (stream.destroyed || stream.closed) {
      this.#countReset()
      return
    }
    const { context } = this
    this.#requests++
    const hasBody = (flags & END_STREAM) === 0
    const head = requestHeadOf(raw, hasBody, context.settings)
    if (typeof head === 'string') {
      this.#refuse(stream, new RequestError(head), raw)
      return
    }
    const exchange = this.#makeExchange(stream, head)
    this.#exchanges.add(exchange)
    this.deadline = 0
    stream.on('close', () => this.#streamClosed(stream, exchange))
    if (this.#requests === context.settings.requestsPerConnection) this.#close()
    if (head.path === '*') exchange.answer(204, [], '')
    else if (context.isOverloaded && !context.isForHealth(head.path)) exchange.shed()
    else context.handle(exchange)
  }

  #makeExchange(stream: ServerHttp2Stream, received: RequestHead): Http2Exchange {
    const { context } = this
    const peer = new StreamPeer(this.#peer, stream)
    const forwarded = this.#isForwarding ? context.forwarding.apply(received, peer) : undefined
    const exchange = new Http2Exchange(this, stream, forwarded?.head ?? received, forwarded?.peer ?? peer)
    context.began(exchange)
    return exchange
  }

  /** A request that no application sees. */
  #refuse(stream: ServerHttp2Stream, fault: RequestError, raw: readonly string[]): void {
    const { code, status } = fault
    const line = `${fieldIn(raw, ':method')} ${fieldIn(raw, ':path').slice(0, 256)} HTTP/2.0`
    this.context.refusals.add({ reason: code, status, peer: this.#peer, line })
    const output = new StreamOutput(stream)
    sendOwnAnswer(output, faultAnswer(fault), this.context.settings.serverHeader)
    output.stopBody()
    if (this.#exchanges.size === 0) this.#awaitStreams()
  }

  #streamClosed(stream: ServerHttp2Stream, exchange: Http2Exchange): void {
    this.#exchanges.delete(exchange)
    if (stream.rstCode !== NO_ERROR && exchange.state !== 'done') this.#countReset()
    exchange.lost()
    if (this.#exchanges.size === 0) this.#awaitStreams()
  }

  /** CVE-2023-44487: a stream that is reset makes room for the next, while its request has cost its work. */
  #countReset(): void {
    const { time } = this.context.clock
    this.#resets = Math.max(0, this.#resets - (time - this.#resetsAt) * RESETS_PER_MS) + 1
    this.#resetsAt = time
    if (this.#resets > RESETS_AT_ONCE) this.#sendAway('too-many-resets')
  }

  #sendAway(reason: 'too-many-resets' | 'too-many-pieces'): void {
    if (this.#session.destroyed) return
    this.context.refusals.count(reason, this.#peer.remoteAddress ?? 'a client')
    // A number alone is the code of the GOAWAY.
    this.#session.destroy(ENHANCE_YOUR_CALM as unknown as Error)
  }

  /** Told by an exchange: the books of one request are closed. */
  settled(exchange: Http2Exchange): void {
    this.context.settled(exchange)
  }

  // --- times

  #awaitStreams(): void {
    const { clock, settings } = this.context
    this.deadline = clock.after(this.#isClosing ? LINGER_QUIET_MS : settings.keepaliveTimeoutMs)
  }

  overdue(): void {
    const { clock } = this.context
    if (this.#exchanges.size > 0) this.#tick(clock)
    else if (this.#isClosing) this.destroy()
    else this.#close()
  }

  #tick(clock: DeadlineTimer): void {
    let unread = 0
    for (const exchange of this.#exchanges) {
      exchange.tick(clock)
      unread += exchange.unreadPieces
    }
    if (unread > UNREAD_PIECES) this.#sendAway('too-many-pieces')
  }

  get present(): readonly Http2Exchange[] {
    return [...this.#exchanges].filter(({ state }) => state !== 'done')
  }

  // --- the end

  drain(): void {
    this.#close()
    for (const exchange of this.#exchanges) exchange.serverLeaves()
  }

  /**
   * Takes no further stream; ends with the last one. What its client has sent meanwhile is refused: it knows by the GOAWAY that nothing of it
   * was done, and asks again on another connection (RFC 9113 6.8). docs/adr/0015 says why there is no notice before.
   */
  #close(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#session.close()
    if (this.#exchanges.size === 0) this.deadline = this.context.clock.after(LINGER_QUIET_MS)
  }

  /** For a server that is full: nothing of it is served, and the client knows that it may ask somebody else. */
  turnAway(reason: 'too-many-connections' | 'no-descriptors'): void {
    this.context.refusals.add({ reason, status: 503, peer: this.#peer, line: '' })
    this.#isClosing = true
    this.#session.goaway(NO_ERROR, 0)
    this.#session.close()
    this.deadline = this.context.clock.after(QUIET_MS)
  }

  destroy(): void {
    this.#session.destroy()
    this.#socket.destroy()
  }

  #closed(): void {
    this.#socket.destroy()
    this.context.forget(this)
    this.#peer.onClosed?.()
  }
}

const END_STREAM = 1

/** Of a stream: its close says all that an exchange needs. */
function onError(this: ServerHttp2Stream, cause: Error): void {
  trace?.('stream %d: %s', this.id, cause.message)
}

function fieldIn(raw: readonly string[], name: string): string {
  const at = raw.indexOf(name)
  return at < 0 ? '-' : (raw[at + 1] ?? '-')
}
