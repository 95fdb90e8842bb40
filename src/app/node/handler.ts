// Node style: (req, res) listeners, Express, Koa, Fastify and http.Server apps on our parser. Requests and responses are
// genuine objects of node:http, made by its own constructors; only the socket behind them is ours.
import type { ServerResponse } from 'node:http'
import { AppError } from '../errors.ts'
import type { AppContext, Exchange, Handler } from '../handler.ts'
import { answerNotFound, mountedPath } from '../mount.ts'
import { isThenable } from '../shared/is-thenable.ts'
import { type AnyServer, keepToServer } from './exported-server.ts'
import { publishStart } from './http-events.ts'
import type { GenuineResponse } from './internals.ts'
import { entryPoints, PreparedNodeApp } from './prepare.ts'
import { makeRequest } from './request.ts'
import { makeResponse } from './response.ts'
import type { NodeSocket } from './socket.ts'
import { socketOf } from './sockets.ts'
import { callAll, takenServer } from './taken-servers.ts'
import type { NodeApp } from './types.ts'
import { giveUpgrade, isUpgrade } from './upgrade.ts'

/**
 * Serves a Node application. One with an asynchronous set-up (Fastify) goes through `prepareNodeApp` first; anything else
 * may. Throws a ConfigError for what is no Node application.
 */
export function nodeHandler(app: NodeApp | PreparedNodeApp, context: AppContext): Handler {
  const prepared = app instanceof PreparedNodeApp ? app : entryPoints(app)
  const { server } = prepared
  const handler = (exchange: Exchange): undefined => {
    const url = urlFor(exchange, context.mount)
    if (url === undefined) answerNotFound(exchange)
    else if (isUpgrade(exchange, prepared)) giveUpgrade(exchange, url, prepared, context)
    else serve(exchange, url, prepared, context)
  }
  // Asked for each request: `ws` may add its listener at any time.
  Object.defineProperty(handler, 'takesUpgrades', { get: () => prepared.takesUpgrades })
  if (server === undefined) return handler
  if (prepared.isExported) keepToServer(server, context)
  return Object.assign(handler, { onClosed: () => closeServer(server, context) })
}

/** Tells the listeners of the application's server that there is nothing left to serve; resolves when they are done. */
async function closeServer(server: AnyServer, context: AppContext): Promise<void> {
  try {
    await (takenServer(server)?.end() ?? callAll(server, 'close'))
  } catch (cause) {
    context.log.error('The application failed on the "close" of its server', cause)
  }
}

/** The request's URL below `mount`, as Connect's `use` leaves it; undefined outside. */
function urlFor(exchange: Exchange, mount: string): string | undefined {
  const { path } = exchange.head
  if (mount === '') return path
  const rest = mountedPath(path, mount)?.rest
  return rest === undefined || rest.startsWith('/') ? rest : `/${rest}`
}

function serve(exchange: Exchange, url: string, app: PreparedNodeApp, context: AppContext): void {
  const { head, peer } = exchange
  const server = app.serverFor(peer.connection.isEncrypted)
  const socket = socketOf(peer, context, server)
  const classes = app.classesFor(server)
  const req = makeRequest(exchange, socket, url, classes.IncomingMessage)
  // Connect's convention: middleware that builds links takes the whole path from here.
  if (context.mount !== '') Object.assign(req, { originalUrl: head.path })
  const res = makeResponse(req, socket, head.expectsContinue, classes.ServerResponse)
  // Node then writes `Keep-Alive: timeout=`: clients with pools do not send on a connection that is about to be closed.
  res._keepAliveTimeout = peer.keepaliveTimeoutMs
  const { ownFields } = exchange
  for (let i = 0; i < ownFields.length; i += 2) res.setHeader(ownFields[i]!, ownFields[i + 1]!)
  socket.begin(exchange, req, res)
  // As node:http, until the answer is complete; behind it --keepalive-timeout counts.
  if (server.timeout > 0) socket.setTimeout(server.timeout)
  try {
    publishStart(req, res, server)
    const result = app.request(server, req, res as unknown as ServerResponse, head.expectsContinue)
    const check = context.guess === undefined ? undefined : (value: unknown) => refuseAnswer(value, socket, res)
    if (isThenable(result)) result.then(check, cause => fail(socket, res, cause, context))
    else check?.(result)
  } catch (cause) {
    fail(socket, res, cause, context)
  }
}

/**
 * The application threw. An answer that is complete stays as it is; its connection may be serving the next request. That
 * reading fails once the client has gone is no news.
 */
function fail(socket: NodeSocket, res: GenuineResponse, cause: unknown, context: AppContext): void {
  if (socket._httpMessage === res && !socket.isAnswered) socket.failAnswer(cause)
  else if (res.finished || !isAbort(cause)) {
    context.log.error(`The application failed after its answer to ${res.req.method} ${res.req.url}`, cause)
  }
}

/** An application that was taken for this kind and is of another one gives its answer back, and the client would never get an answer. */
function refuseAnswer(value: unknown, socket: NodeSocket, res: GenuineResponse): void {
  if (typeof value !== 'object' || value === null || res.headersSent) return
  const { status, headers } = value as Partial<Response>
  const isResponse = typeof status === 'number' && typeof headers?.get === 'function'
  const isPsgi = Array.isArray(value) && value.length >= 2 && typeof value[0] === 'number' && Array.isArray(value[1])
  if (!isResponse && !isPsgi) return
  const what = isResponse ? 'a Response' : 'an array'
  if (socket._httpMessage === res && !socket.isAnswered) {
    socket.failAnswer(
      new AppError(
        `Cannot answer the request: the application gave ${what}, a Node application writes to its response`,
      ),
    )
  }
}

function isAbort(cause: unknown): boolean {
  if (!(cause instanceof Error) || !('code' in cause)) return false
  return cause.code === 'ECONNRESET' || cause.code === 'ERR_STREAM_PREMATURE_CLOSE' || cause.code === 'ABORT_ERR'
}
