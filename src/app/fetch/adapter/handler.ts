// The web standard's way to answer: a Request in, a Response or a promise of one out.
import { answerFailure } from '../../answer-failure.ts'
import { AppError } from '../../errors.ts'
import type { AppContext, Exchange, Handler } from '../../handler.ts'
import { answerNotFound, mountedPath } from '../../mount.ts'
import { describe } from '../../shared/describe-value.ts'
import { isThenable } from '../../shared/is-thenable.ts'
import { asksForWebSocket } from '../../websocket/handshake.ts'
import type { FetchApp, FetchFunction, FetchObject } from '../types.ts'
import { installLightGlobals } from '../web/globals.ts'
import { requestOf } from '../web/light-request.ts'
import { isLightResponse, sendLight } from '../web/light-response.ts'
import { HookedSockets, hooksOf } from '../websocket/hooked-sockets.ts'
import { infoOf } from './info.ts'
import { isForeignResponse, sendForeign } from './send.ts'

/**
 * A Handler that calls a web standard application. Installs the light globals if the loader has not.
 * `webSocketOptions`: those of the adapter of crossws, for answers that name hooks.
 * Below a mount (`--path`) the application sees the whole URL, prefix included, as behind Hono's `basePath`; other paths get 404.
 */
export function fetchHandler(app: FetchApp, context: AppContext, webSocketOptions: object = {}): Handler {
  installLightGlobals()
  const { mount } = context
  // A function with a fetch method (h3's handlers) takes something else than a request when it is called itself.
  const call: FetchFunction =
    typeof (app as FetchObject).fetch === 'function'
      ? (request, info) => (app as FetchObject).fetch(request, info, info)
      : (app as FetchFunction)
  let sockets: HookedSockets | undefined
  const handler = (exchange: Exchange): undefined | Promise<void> => {
    if (mount !== '' && mountedPath(exchange.head.path, mount) === undefined) {
      answerNotFound(exchange)
      return undefined
    }
    if (exchange.head.upgrade !== undefined && asksForWebSocket(exchange)) {
      sockets ??= new HookedSockets(context, webSocketOptions)
      return serveUpgrade(exchange, call, sockets, context)
    }
    let answer: unknown
    try {
      const info = infoOf(exchange, context)
      answer = call(requestOf(exchange) as unknown as Request, info, info)
    } catch (cause) {
      answerFailure(exchange, cause, context)
      return undefined
    }
    return isThenable(answer) ? sendLater(answer, exchange, context) : sendNow(answer, exchange, context)
  }
  return Object.assign(handler, { takesUpgrades: true })
}

/** A request for a WebSocket: the application opens it (`info.upgrade`), names the hooks of one, or answers. */
async function serveUpgrade(
  exchange: Exchange,
  call: FetchFunction,
  sockets: HookedSockets,
  context: AppContext,
): Promise<void> {
  try {
    const request = requestOf(exchange)
    const info = infoOf(exchange, context)
    const answer: unknown = await call(request as unknown as Request, info, info)
    // Answered by the 101.
    if (exchange.state === 'done') return
    const hooked = hooksOf(answer, request)
    if (hooked === undefined) await send(answer, exchange)
    else await sockets.open(exchange, request, hooked.hooks, hooked.fields)
  } catch (cause) {
    answerFailure(exchange, cause, context)
  }
}

function sendLater(answer: PromiseLike<unknown>, exchange: Exchange, context: AppContext): Promise<void> {
  return answer.then(
    response => sendNow(response, exchange, context),
    cause => answerFailure(exchange, cause, context),
  ) as Promise<void>
}

function sendNow(response: unknown, exchange: Exchange, context: AppContext): undefined | Promise<void> {
  try {
    const sent = send(response, exchange)
    return sent === undefined ? undefined : sent.catch(cause => answerFailure(exchange, cause, context))
  } catch (cause) {
    answerFailure(exchange, cause, context)
    return undefined
  }
}

function send(response: unknown, exchange: Exchange): undefined | Promise<void> {
  if (isLightResponse(response)) return sendLight(response, exchange)
  if (isForeignResponse(response)) return sendForeign(response, exchange)
  throw new AppError(`Cannot answer the request: the application gave ${describe(response)}, a Response is needed`)
}
