// From a wire, wherever it came from, to a Connection that hears of all that happens to it.

import type { Transport } from '../transport/transport.ts'
import { Connection } from './connection/connection.ts'
import type { ListenerName } from './peer.ts'
import type { ServerContext } from './server-context.ts'

/** Serves a wire until it is closed. One connection too many is answered 503; where descriptors are short it is closed without lingering. */
export function accept(context: ServerContext, transport: Transport, name: ListenerName, hasDescriptors = true): void {
  const connection = new Connection(context, transport, name)
  const isFull = context.settings.connections > 0 && context.connections.size >= context.settings.connections
  context.connections.add(connection)
  context.clock.watch(connection)
  connection.accepted()
  if (context.isDraining) connection.drain()
  if (!hasDescriptors) connection.turnAwayAtOnce()
  else if (isFull) connection.turnAway()
}
