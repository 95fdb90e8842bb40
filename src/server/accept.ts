// From a socket, wherever it came from, to a Connection that hears of all that happens to it.

import type { Socket } from 'node:net'
import type { Common } from './common.ts'
import { Connection } from './connection.ts'
import { type ListenerName, SocketPeer } from './peer.ts'

const CONNECTION: unique symbol = Symbol('connection')

interface OwnedSocket extends Socket {
  [CONNECTION]?: Connection
}

/** Serves a socket until it is closed; `onClosed` is told then. One connection too many is answered 503. */
export function acceptSocket(common: Common, accepted: Socket, name: ListenerName, onClosed: () => void): void {
  const socket: OwnedSocket = accepted
  const connection = new Connection(common, new SocketPeer(socket, name))
  const isFull = common.settings.connections > 0 && common.connections.size >= common.settings.connections
  common.connections.add(connection)
  common.clock.watch(connection)
  connection.accepted()
  socket[CONNECTION] = connection
  // Shared functions, not closures: an idle connection costs as little as it can.
  socket.on('data', onData)
  socket.on('end', onEnd)
  socket.on('drain', onDrain)
  socket.on('timeout', onTimeout)
  socket.on('error', onError)
  socket.on('close', () => {
    common.connections.delete(connection)
    common.clock.forget(connection)
    connection.lost()
    onClosed()
  })
  if (isFull) connection.turnAway()
}

function onData(this: OwnedSocket, chunk: Buffer): void {
  this[CONNECTION]!.received(chunk)
}

function onEnd(this: OwnedSocket): void {
  this[CONNECTION]!.receivedEnd()
}

function onDrain(this: OwnedSocket): void {
  this[CONNECTION]!.drained()
}

function onTimeout(this: OwnedSocket): void {
  this.destroy()
}

// A reset is a client's way of leaving: 'close' follows and does all there is to do.
function onError(this: OwnedSocket): void {}
