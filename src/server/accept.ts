// From a wire, wherever it came from, to a Connection that hears of all that happens to it.

import type { Wire } from '../wire/wire.ts'
import type { Common } from './common.ts'
import { Connection } from './connection.ts'
import type { ListenerName } from './peer.ts'

/** Serves a wire until it is closed. One connection too many is answered 503; where descriptors are short nobody waits for its goodbye. */
export function accept(common: Common, wire: Wire, name: ListenerName, hasDescriptors = true): void {
  const connection = new Connection(common, wire, name)
  const isFull = common.settings.connections > 0 && common.connections.size >= common.settings.connections
  common.connections.add(connection)
  common.clock.watch(connection)
  connection.accepted()
  if (common.isDraining) connection.drain()
  if (!hasDescriptors) connection.turnAwayAtOnce()
  else if (isFull) connection.turnAway()
}
