// Which NodeSocket a connection has.
import type { AppContext, Peer } from '../handler.ts'
import { type AnyServer, announceConnection } from './exported-server.ts'
import { NodeSocket } from './socket.ts'
import { addTlsProperties } from './socket-properties.ts'

class EncryptedNodeSocket extends NodeSocket {}
addTlsProperties(EncryptedNodeSocket.prototype)

const socketOfPeer = new WeakMap<Peer, NodeSocket>()

/** The one NodeSocket of a connection. If a request comes behind the end of one that was destroyed, it gets a socket of its own. */
export function socketOf(client: Peer, context: AppContext, server: AnyServer): NodeSocket {
  const peer = client.connection
  let socket = socketOfPeer.get(peer)
  if (socket === undefined || socket.destroyed) {
    const isTls = peer.isEncrypted && peer.tlsEndsAtProxy !== true
    socket = new (isTls ? EncryptedNodeSocket : NodeSocket)(peer, context, server)
    if (peer.tlsEndsAtProxy === true) socket.actFor(client)
    socketOfPeer.set(peer, socket)
    announceConnection(server, socket, isTls)
  }
  if (socket.isFor !== client) socket.actFor(client)
  return socket
}
