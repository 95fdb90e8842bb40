// From a transport, wherever it came from, to a Connection that hears of all that happens to it.

import type { Socket } from 'node:net'
import { hasHandles } from '../transport/libuv-streams.ts'
import { SocketTransport } from '../transport/socket-transport.ts'
import type { Transport } from '../transport/transport.ts'
import { Connection } from './connection/connection.ts'
import { FirstBytes, type Judgement } from './first-bytes.ts'
import { Http2Connection } from './http2/connection.ts'
import { judgePreface } from './http2/preface.ts'
import type { ListenerName } from './peer.ts'
import type { ServerContext } from './server-context.ts'

/** Serves a transport until it is closed. One connection too many is answered 503; where descriptors are short it is closed without lingering. */
export function accept(context: ServerContext, transport: Transport, name: ListenerName, hasDescriptors = true): void {
  const connection = new Connection(context, transport, name)
  const isFull = hasTooMany(context)
  context.connections.add(connection)
  context.clock.watch(connection)
  connection.accepted()
  if (context.isDraining) connection.drain()
  if (!hasDescriptors) connection.turnAway('no-descriptors')
  else if (isFull) connection.turnAway('too-many-connections')
}

/** The same for a socket. Where connections come as handles, the number of each has been looked at. */
export function acceptSocket(context: ServerContext, socket: Socket, name: ListenerName): void {
  const { descriptors, connections } = context
  const hasDescriptors = hasHandles || descriptors?.acceptedUnseen(connections.size) !== false
  accept(context, new SocketTransport(socket), name, hasDescriptors)
}

/** The same for a socket whose client speaks HTTP/2. */
export function acceptHttp2(context: ServerContext, socket: Socket, name: ListenerName): void {
  if (socket.destroyed) return
  const isFull = hasTooMany(context)
  const connection = new Http2Connection(context, socket, name)
  context.connections.add(connection)
  context.clock.watch(connection)
  if (isFull) connection.turnAway('too-many-connections')
  else if (context.isDraining) connection.drain()
}

/** Clients beyond the limit that are listened to for a moment, to be turned away in their own protocol. */
const MOST_BEYOND = 100

/** The same for a socket whose client may speak either: the first bytes tell. */
export function acceptEither(context: ServerContext, socket: Socket, name: ListenerName): void {
  acceptJudged(context, socket, judgePreface, isHttp2 => {
    if (isHttp2) acceptHttp2(context, socket, name)
    else acceptSocket(context, socket, name)
  })
}

/** Lets the first bytes decide who serves the socket. It counts as a connection until then. */
export function acceptJudged<T>(
  context: ServerContext,
  socket: Socket,
  judge: (bytes: Buffer) => Judgement<T> | undefined,
  decide: (value: T) => void,
): void {
  const { settings, connections, clock } = context
  if (hasTooMany(context) && connections.size >= settings.connections + MOST_BEYOND) {
    context.refusals.count('too-many-connections', 'a connection before its first byte')
    socket.destroy()
    return
  }
  const reader = new FirstBytes(context, socket, judge, decide)
  if (hasTooMany(context) || context.isDraining) reader.drain()
  connections.add(reader)
  clock.watch(reader)
}

function hasTooMany({ settings, connections }: ServerContext): boolean {
  return settings.connections > 0 && connections.size >= settings.connections
}
