// `import { upgradeWebSocket } from 'starlight-server/hono'`: Hono's helper, for a Hono application that is exported.
import {
  createWSMessageEvent,
  defineWebSocketHelper,
  type UpgradeWebSocket,
  WSContext,
  type WSContextInit,
  type WSEvents,
} from 'hono/ws'
import type { FetchInfo } from './app/fetch/types.ts'
import type { ServerWebSocket, UpgradeOptions } from './app/websocket/types.ts'

/** `protocol`: the first one that the client offers, by default. `onError` hears what the events throw; default: `console.error`. */
export interface HonoUpgradeOptions extends UpgradeOptions {
  readonly onError?: (cause: unknown) => void
}

/** What the response of a handshake has no place for, or has of its own. */
const NOT_FOR_HANDSHAKE = /^(?:connection|upgrade|content-.*|transfer-encoding|sec-websocket-.*)$/i

/**
 * Serves a route by a WebSocket; other requests go on to the next handler. Fields that were set on the response before are in the 101. Binary messages are
 * ArrayBuffers.
 *
 * @example
 * app.get('/chat', upgradeWebSocket(() => ({ onMessage: (event, socket) => socket.send(`you: ${event.data}`) })))
 */
export const upgradeWebSocket: UpgradeWebSocket<ServerWebSocket, HonoUpgradeOptions> = defineWebSocketHelper<
  ServerWebSocket,
  HonoUpgradeOptions
>((c, events, options = {}) => {
  if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') return
  const { onError = console.error, ...upgradeOptions } = options
  const protocol = upgradeOptions.protocol ?? c.req.header('sec-websocket-protocol')?.split(',')[0]?.trim()
  const fields = [...c.res.headers].filter(([name]) => !NOT_FOR_HANDSHAKE.test(name))
  const { headers = fields } = upgradeOptions
  const { socket } = infoOf(c).upgrade({ ...upgradeOptions, headers, ...(protocol === undefined ? {} : { protocol }) })
  connect(socket, c.req.url, events, onError)
  // Answered by the 101: this goes nowhere.
  return new Response(null)
})

/** What Starlight gives next to the request: as `c.env`, or behind an environment of the application's own as `c.executionCtx`. */
function infoOf(c: { readonly env: unknown; readonly executionCtx: unknown }): Pick<FetchInfo, 'upgrade'> {
  const found = hasUpgrade(c.env) ? c.env : c.executionCtx
  if (hasUpgrade(found)) return found
  throw new Error(
    'Cannot open a WebSocket: the request does not come from Starlight, export the application to be served by it',
  )
}

function hasUpgrade(value: unknown): value is Pick<FetchInfo, 'upgrade'> {
  return typeof (value as Partial<FetchInfo> | undefined)?.upgrade === 'function'
}

function connect(
  socket: ServerWebSocket,
  url: string,
  events: WSEvents<ServerWebSocket>,
  onError: (cause: unknown) => void,
): void {
  socket.binaryType = 'arraybuffer'
  const context = new WSContext<ServerWebSocket>(contextOf(socket, url))
  const tell = (event: () => unknown): void => {
    try {
      Promise.resolve(event()).catch(onError)
    } catch (cause) {
      onError(cause)
    }
  }
  socket.addEventListener('message', ({ data }) => tell(() => events.onMessage?.(createWSMessageEvent(data), context)))
  socket.addEventListener('close', event => tell(() => events.onClose?.(event as never, context)))
  socket.addEventListener('error', event => tell(() => events.onError?.(event as never, context)))
  tell(() => events.onOpen?.(new Event('open'), context))
}

function contextOf(socket: ServerWebSocket, url: string): WSContextInit<ServerWebSocket> {
  return {
    raw: socket,
    url,
    protocol: socket.protocol,
    get readyState() {
      return socket.readyState
    },
    send: (data, { compress }) => socket.send(data, compress === undefined ? {} : { compress }),
    close: (code, reason) => socket.close(code, reason),
  }
}
