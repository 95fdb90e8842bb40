// Opens a WebSocket on the connection of a request, with the `ws` package: frames, masks, pings, close codes and compression are its own.
import { AppError, ClientDisconnected } from '../errors.ts'
import type { AppContext, Exchange } from '../handler.ts'
import { checkHandshake, handshakeLines, offeredProtocols } from './handshake.ts'
import { wsLibrary } from './library.ts'
import type { ServerWebSocket, UpgradeOptions } from './types.ts'
import { upgradeRequest } from './upgrade-request.ts'

/** As in Bun; `ws` itself takes 100 MiB. */
export const MAX_PAYLOAD: number = 16 * 1024 * 1024

/**
 * Sends the 101 and gives the open WebSocket: the request is answered by that. Messages come from the next turn on, so listeners that are
 * added at once miss none. A socket that fails (a frame that breaks the rules, one that is too long) is closed with the code that says why.
 * Throws a HandshakeError, before anything is sent, when the client does not ask for a WebSocket or not in the right way; an AppError
 * when `ws` is not installed, the options cannot be kept to, or the request is answered.
 */
export function openWebSocket(exchange: Exchange, context: AppContext, options: UpgradeOptions = {}): ServerWebSocket {
  checkHandshake(exchange)
  const { protocol, maxPayload = MAX_PAYLOAD, perMessageDeflate = false } = options
  if (protocol !== undefined && !offeredProtocols(exchange)!.includes(protocol))
    throw new AppError(`Cannot open the WebSocket: the client does not offer the subprotocol "${protocol}"`)
  const lines = handshakeLines(exchange, options)
  const { WebSocketServer } = wsLibrary(context)
  const handshake = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    handleProtocols: () => protocol ?? false,
    maxPayload,
    perMessageDeflate,
  })
  handshake.on('headers', (head: string[]) => head.push(...lines))
  return shake(exchange, handshake)
}

function shake(
  exchange: Exchange,
  handshake: InstanceType<ReturnType<typeof wsLibrary>['WebSocketServer']>,
): ServerWebSocket {
  if (exchange.isGone) throw new ClientDisconnected()
  const { socket, head } = exchange.takeOver()
  let opened: ServerWebSocket | undefined
  handshake.handleUpgrade(upgradeRequest(exchange), socket, asBuffer(head), it => {
    opened = it
  })
  // The only case that `ws` has left: the client has closed its side already.
  if (opened === undefined) throw new ClientDisconnected()
  // Without a listener an 'error' would end the worker; the client is told by the close code, the application by 'close'.
  opened.on('error', () => undefined)
  return opened
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
