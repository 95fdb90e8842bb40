// Requests for a WebSocket, before they reach the application as requests: what it exports as `websocket` takes them.
import { ConfigError } from '../../../config/errors.ts'
import { EXIT } from '../../../config/exit-codes.ts'
import { answerFailure } from '../../answer-failure.ts'
import type { AppContext, Exchange, Handler } from '../../handler.ts'
import { answerNotFound, mountedPath } from '../../mount.ts'
import type { ExportedWebSocket, UpgradeAdapter, WebSocketHooks } from '../../websocket/exported.ts'
import { asksForWebSocket, checkHandshake } from '../../websocket/handshake.ts'
import { asBuffer } from '../../websocket/open.ts'
import { upgradeRequest } from '../../websocket/upgrade-request.ts'
import { installLightGlobals } from '../web/globals.ts'
import { requestOf } from '../web/light-request.ts'
import { HookedSockets } from './hooked-sockets.ts'

/** `handler` behind the WebSockets of `exported`. Throws a ConfigError when the hooks' library is not installed. */
export function withWebSockets(
  handler: Handler,
  exported: Extract<ExportedWebSocket, { kind: 'hooks' | 'adapter' }>,
  context: AppContext,
): Handler {
  installLightGlobals()
  const open =
    exported.kind === 'hooks' ? hooksOpener(exported.hooks, exported.options, context) : adapterOpener(exported.adapter)
  const { mount } = context
  const serve = (exchange: Exchange): undefined | Promise<void> => {
    if (exchange.head.upgrade === undefined || !asksForWebSocket(exchange)) return handler(exchange)
    if (mount === '' || mountedPath(exchange.head.path, mount) !== undefined)
      return open(exchange).catch(cause => answerFailure(exchange, cause, context))
    answerNotFound(exchange)
    return undefined
  }
  const { onClosed } = handler
  return Object.assign(serve, { takesUpgrades: true, ...(onClosed === undefined ? {} : { onClosed }) })
}

function hooksOpener(
  hooks: WebSocketHooks,
  options: object,
  context: AppContext,
): (exchange: Exchange) => Promise<void> {
  const sockets = new HookedSockets(context, options)
  try {
    sockets.checkInstalled()
  } catch (cause) {
    throw new ConfigError((cause as Error).message, EXIT.appLoad)
  }
  const resolve = hooks['resolve'] as ((request: unknown) => WebSocketHooks | PromiseLike<WebSocketHooks>) | undefined
  return async exchange => {
    const request = requestOf(exchange)
    const found = typeof resolve === 'function' ? await resolve.call(hooks, request) : hooks
    await sockets.open(exchange, request, found ?? {})
  }
}

function adapterOpener(adapter: UpgradeAdapter): (exchange: Exchange) => Promise<void> {
  return async exchange => {
    checkHandshake(exchange)
    const req = upgradeRequest(exchange)
    const request = requestOf(exchange)
    const { socket, head } = exchange.takeOver()
    await adapter.handleUpgrade(req, socket, asBuffer(head), request)
  }
}
