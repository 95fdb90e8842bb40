// Requests that leave HTTP: the application gets the connection itself.
import type { AppContext, Exchange, Peer } from '../handler.ts'
import { isThenable } from '../shared/is-thenable.ts'
import type { PreparedNodeApp } from './prepare.ts'
import { makeUpgradeRequest } from './request.ts'
import { familyOf } from './socket-properties.ts'

/**
 * Whether `exchange` goes to the upgrade listeners. A body would have to be read before the new protocol can begin, and
 * h2c has left HTTP (RFC 9113 3.1): both may be answered as if nothing was asked (RFC 9110 7.8).
 */
export function isUpgrade(exchange: Exchange, app: PreparedNodeApp): boolean {
  const wanted = exchange.head.upgrade
  if (wanted === undefined || exchange.hasBody) return false
  return wanted.toLowerCase() !== 'h2c' && app.takesUpgrades
}

/** Gives the connection of `exchange` to the application. What it then does wrong ends the connection and is logged. */
export function giveUpgrade(exchange: Exchange, url: string, app: PreparedNodeApp, context: AppContext): void {
  const { head, peer } = exchange
  const { socket, head: rest } = exchange.takeOver()
  if (peer !== peer.connection || peer.proxyHeader !== undefined) nameClient(socket, peer)
  const server = app.serverFor(peer.connection.isEncrypted)
  Object.assign(socket, { server })
  const failed = (cause: unknown): void => {
    context.log.error(`The application failed on the upgrade of ${head.method} ${head.target}`, cause)
    socket.destroy()
  }
  try {
    const req = makeUpgradeRequest(head, socket, url, app.classes.IncomingMessage)
    const result = app.upgrade(server, req, socket, Buffer.from(rest.buffer, rest.byteOffset, rest.byteLength))
    if (isThenable(result)) result.then(undefined, failed)
  } catch (cause) {
    failed(cause)
  }
}

/** The connection is a proxy's: its client is who the proxy names. `ws` applications read it from `req.socket`. */
function nameClient(socket: object, { remoteAddress, remotePort, isEncrypted }: Peer): void {
  const facts = { remoteAddress, remotePort, remoteFamily: familyOf(remoteAddress), encrypted: isEncrypted }
  for (const [name, value] of Object.entries(facts))
    Object.defineProperty(socket, name, { value, configurable: true, enumerable: true, writable: true })
}
