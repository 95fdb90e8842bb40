// How node:http tells others of a request: by its diagnostics channels, and by the `emit` of its server, which instrumentation wraps to
// run the application within a context of its own. Where nobody listens and nothing is wrapped, neither is done.
import { channel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import type { GenuineRequest, GenuineResponse } from './internals.ts'

// Not imported: see status.ts.
const http = process.getBuiltinModule('node:http')

/** Published behind the making of both, before the listeners are called. `http.server.response.created` is published by ServerResponse itself. */
const requestStart = channel('http.server.request.start')
const responseCreated = channel('http.server.response.created')
/** Published before the first listener of 'finish'. */
const responseFinish = channel('http.server.response.finish')

const nodesEmit = EventEmitter.prototype.emit
const servers: EventEmitter = http.Server.prototype

/** Where the listeners of an emitter are; the same from Node 20 to 26. */
export interface ListenerTable {
  _events?: Record<string, unknown>
}

/** Loads node:http (node:https) as applications do: instrumentation that waits for it is done behind that. */
export function announceModule(name: 'http' | 'https'): void {
  createRequire(import.meta.url)(`node:${name}`)
}

/** Whether anybody wants to know of requests to any server. */
export function isWatched(): boolean {
  return requestStart.hasSubscribers || servers.emit !== nodesEmit
}

/** Whether anybody sees the request and the response before the listeners of `server` do. */
export function isSeenBefore(server: EventEmitter): boolean {
  return requestStart.hasSubscribers || responseCreated.hasSubscribers || isEmitWrapped(server)
}

export function publishStart(req: GenuineRequest, res: GenuineResponse, server: object | undefined): void {
  if (!requestStart.hasSubscribers) return
  requestStart.publish({ request: req, response: res, socket: req.socket, server })
}

export function isFinishPublished(): boolean {
  return responseFinish.hasSubscribers
}

/** To be called before 'finish' of `res`; its socket is taken from it then. */
export function publishFinish(req: GenuineRequest, res: GenuineResponse): void {
  if (!responseFinish.hasSubscribers) {
    res.socket = null
    return
  }
  const { socket } = req
  const { server } = socket as unknown as { server?: object }
  ;(res as unknown as EventEmitter).prependOnceListener('finish', () => {
    responseFinish.publish({ request: req, response: res, socket, server })
    res.socket = null
  })
}

/** Whether `server` has an `emit` that is not Node's: an instrumentation's, or that of its class. */
export function isEmitWrapped(server: EventEmitter): boolean {
  return server.emit !== nodesEmit
}

/**
 * Emits `event` on `server`, with `call` in place of its listeners. Gives what `call` gives, which `emit` would lose: the promise of an
 * asynchronous listener belongs to its request. Undefined when the wrapped `emit` does not come to the listeners in this call.
 */
export function emitAround<Values extends unknown[]>(
  server: EventEmitter,
  event: string,
  values: NoInfer<Values>,
  call: (...values: Values) => unknown,
): unknown {
  const { _events: events } = server as ListenerTable
  if (events === undefined) return void server.emit(event, ...values)
  const listeners = events[event]
  const restore = (): void => {
    if (events[event] !== listenOnce) return
    if (listeners === undefined) delete events[event]
    else events[event] = listeners
  }
  let result: unknown
  const listenOnce = (...given: Values): void => {
    restore()
    result = call(...given)
  }
  events[event] = listenOnce
  try {
    server.emit(event, ...values)
  } finally {
    restore()
  }
  return result
}
