// The end of a listening socket. With its last descriptor the kernel resets the connections in its queue that no process has
// accepted yet: clients who were told that they are connected. nginx, gunicorn and puma lose those.
import type { Server } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { platform } from '../platform.ts'
import { closeFilled, shortenQueue } from '../transport/fill-queue.ts'

/** Turns of the event loop without a connection after which the queue is empty: the first one may have looked before. */
const QUIET_TURNS = 2
/** How long a handshake that has begun is waited for: a packet of it that was lost is sent again after 1 s, and after 2 more. */
const PATIENCE_MS = 5000
/** The same where others have the socket as well: clients come for as long as there are any, and who is late is served by the others. */
const FOREIGN_PATIENCE_MS = 100
const PAUSE_MS = 5

/**
 * Accepts what waits in the kernel's queue, then closes. `accepted` tells how many have been accepted so far. `isForeign`: systemd or
 * Server::Starter has the socket as well, for the next server, so its queue stays as long as it is and gets no connections of ours.
 */
export async function closeAfterQueue(server: Server, accepted: () => number, isForeign = false): Promise<void> {
  const end = performance.now() + (isForeign ? FOREIGN_PATIENCE_MS : PATIENCE_MS)
  const isInTime = (): boolean => server.listening && performance.now() < end
  const close = (): void => void server.close()
  const untilQuiet = async (): Promise<void> => {
    for (let quiet = 0; quiet < QUIET_TURNS && isInTime(); quiet++) {
      const before = accepted()
      await new Promise(resolve => setImmediate(resolve))
      if (accepted() !== before) quiet = -1
    }
  }
  const canBeFilled = !isForeign && isTcp(server) && platform.fillsQueue
  if (canBeFilled) shortenQueue(server)
  await untilQuiet()
  // Between the last look and the end somebody may still come in; not into a full queue.
  while (canBeFilled && isInTime()) {
    const obstacle = await closeFilled(server, close)
    if (obstacle === undefined) return
    if (obstacle === 'handshake') await setTimeout(PAUSE_MS)
    await untilQuiet()
  }
  close()
}

/** A Unix socket needs no more: no client can connect once its file is gone. */
function isTcp(server: Server): boolean {
  const address = server.address()
  return address !== null && typeof address === 'object'
}
