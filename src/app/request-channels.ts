// Diagnostics channels of Starlight's own, the same for applications of every kind, for instrumentation of any make:
// https://nodejs.org/api/diagnostics_channel.html. A channel without subscribers costs a look at it.
import { AsyncResource } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import type { Exchange, Handler, Peer, SettledRequest } from './handler.ts'

/** What is known of a request; the same object in all its messages. */
export interface RequestMessage {
  readonly method: string
  /** Path and query as they were sent. */
  readonly path: string
  /** `1.0`, `1.1` or `2.0`. */
  readonly httpVersion: string
  /** By lower-case name; repeated ones joined with ', '. */
  readonly headers: Readonly<Record<string, string>>
  /** Both ends of the connection; behind a trusted proxy the client is the one that the proxy names. */
  readonly peer: PeerFacts
  /** Of the answer, from `starlight.request.end` on; 0 when the client left before there was one. */
  readonly status: number | undefined
  /** False when the answer was cut or the client did not stay for it; from `starlight.request.end` on. */
  readonly isComplete: boolean | undefined
  /** What the application failed with, from `starlight.request.error` on. */
  readonly error: unknown
}

export interface PeerFacts {
  /** Undefined on a Unix socket. */
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  readonly isEncrypted: boolean
}

/** Before the application is called, which runs in what stores are bound to it (`bindStore`). */
const start = channel('starlight.request.start')
/** The answer has been sent or cut. */
const end = channel('starlight.request.end')
/** The application has failed; `end` still comes. */
const failure = channel('starlight.request.error')

class Message implements RequestMessage {
  status: number | undefined
  isComplete: boolean | undefined
  error: unknown
  readonly #exchange: Exchange
  #headers: Record<string, string> | undefined

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  get method(): string {
    return this.#exchange.head.method
  }

  get path(): string {
    return this.#exchange.head.path
  }

  get httpVersion(): string {
    return this.#exchange.head.protocol.slice('HTTP/'.length)
  }

  get headers(): Record<string, string> {
    this.#headers ??= headersOf(this.#exchange.head)
    return this.#headers
  }

  get peer(): PeerFacts {
    return this.#exchange.peer
  }
}

function headersOf(head: Exchange['head']): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (let i = 0; i < head.fieldCount; i++) {
    const name = head.name(i).toLowerCase()
    const value = head.value(i)
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return headers
}

const messages = new WeakMap<Exchange, Message>()

function messageOf(exchange: Exchange): Message {
  let message = messages.get(exchange)
  if (message === undefined) {
    message = new Message(exchange)
    messages.set(exchange, message)
  }
  return message
}

/** Whether somebody wants to know of requests. */
export function isPublished(): boolean {
  return start.hasSubscribers || end.hasSubscribers
}

/** Calls `handler` in the stores that are bound to the start, and tells of both ends. */
export function publishRequest(exchange: Exchange, handler: Handler): undefined | Promise<void> {
  const message = messageOf(exchange)
  return start.runStores(message, () => {
    whenSettled(exchange, ({ status, isComplete }) => {
      Object.assign(message, { status, isComplete })
      end.publish(message)
    })
    return handler(exchange)
  })
}

/** The application has failed on `exchange`. */
export function publishFailure(exchange: Exchange, error: unknown): void {
  if (failure.hasSubscribers) failure.publish(Object.assign(messageOf(exchange), { error }))
}

/** Calls `action` when `exchange` is over, behind those who wait already; in the async context of now, and in a tick of its own. */
export function whenSettled(exchange: Exchange, action: (request: SettledRequest) => void): void {
  const { onSettled } = exchange
  // Not AsyncResource.bind: on Node 20 it makes a deprecated property each time, for 20 us.
  const context = new AsyncResource('STARLIGHTREQUEST', { requireManualDestroy: true })
  exchange.onSettled = request => {
    onSettled?.(request)
    askForEnds(exchange.peer)
    // What a listener throws must not reach the connection.
    context.runInAsyncScope(() => process.nextTick(action, request))
  }
}

/** A connection that may be closed next keeps what it was asked for before: who looks later is told who was at both ends. */
export function askForEnds({ remotePort, localPort }: Peer): unknown {
  return remotePort ?? localPort
}
