// The servers that an application has beside the one that Starlight serves: they listen on sockets of their own, and their connections are
// theirs. At the end of a worker they are closed as node:cluster closes them in a worker that disconnects.
import type { ListeningServer } from './taken-servers.ts'

/** How often connections are looked for that have become idle. */
const LOOK_MS = 50

interface ClosableServer {
  close(): void
  /** Those of node:http. */
  closeIdleConnections?(): void
}

export class FurtherServers {
  readonly #listening = new Set<ListeningServer>()

  /** To be called when it listens. */
  add(server: ListeningServer): void {
    if (this.#listening.has(server)) return
    this.#listening.add(server)
    server.once('close', () => this.#listening.delete(server))
  }

  /** Accepts no more. Resolves when what is under way is over. */
  async end(): Promise<void> {
    await Promise.all([...this.#listening].map(ended))
  }
}

async function ended(server: ListeningServer): Promise<void> {
  const closable = server as unknown as ClosableServer
  // A kept connection that has its answer would be closed by its time only.
  const looking = setInterval(() => closable.closeIdleConnections?.(), LOOK_MS)
  await new Promise<void>(resolve => {
    server.once('close', resolve)
    closable.close()
  })
  clearInterval(looking)
}
