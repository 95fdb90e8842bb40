// What a WebSocket is told by a server that leaves: the close code 1001 (RFC 6455 7.4.1).
import type { Duplex } from 'node:stream'

const CODE = 1001
/** The frame itself (RFC 6455 5.5.1), for libraries that we do not know. */
const FRAME: Uint8Array = Buffer.from([0x88, 2, 0x03, 0xe9])

/** How long to wait before a WebSocket is looked at again whose handshake is not over. */
export const HANDSHAKE_PAUSE_MS = 100

/** What `ws` has of a WebSocket. */
interface WsSocket {
  readonly readyState: number
  close(code: number): void
}

/**
 * Tells the client that the server leaves; false when that is too early, since the application has not sent its 101 (`isOpen`). The library that has
 * the socket closes it, so that it sends nothing behind its close frame, finishes what it compresses, and waits for the answer. That
 * is `ws`, or a copy of it in another package (crossws, engine.io). Of any other the frame is written here, between two writes of the application's, so never inside of a
 * frame of its own.
 */
export function sayGoingAway(socket: Duplex, isOpen: () => boolean): boolean {
  const webSocket = webSocketOf(socket)
  if (webSocket !== undefined) webSocket.close(CODE)
  else if (!isOpen()) return false
  else socket.write(FRAME)
  return true
}

/** The object of `ws` on this socket: it leaves itself there, under a symbol of its own. */
function webSocketOf(socket: object): WsSocket | undefined {
  for (const symbol of Object.getOwnPropertySymbols(socket)) {
    if (symbol.description !== 'websocket') continue
    const found = Reflect.get(socket, symbol) as Partial<WsSocket> | undefined
    if (typeof found?.close === 'function' && typeof found.readyState === 'number') return found as WsSocket
  }
  return undefined
}
