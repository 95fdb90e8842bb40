// Servers of node:http for applications that have none. They listen nowhere: they are what `req.socket.server` is, and their `emit` is
// called where instrumentation has wrapped it.
import type { EventEmitter } from 'node:events'
import type { Server } from 'node:http'
import type { AnyServer } from './exported-server.ts'
import { announceModule, type ListenerTable } from './http-events.ts'
import type { NodeListener } from './types.ts'

// Not imported: see status.ts.
const http = process.getBuiltinModule('node:http')

export class StandInServers {
  readonly #listener: NodeListener
  readonly plain: Server
  #encrypted: AnyServer | undefined

  constructor(listener: NodeListener) {
    this.#listener = listener
    this.plain = new http.Server(listener)
  }

  /** Made when there is a connection for it: it needs node:tls. */
  get encrypted(): AnyServer {
    if (this.#encrypted === undefined) {
      announceModule('https')
      this.#encrypted = new (process.getBuiltinModule('node:https').Server)(this.#listener)
    }
    return this.#encrypted
  }

  /** Whether the only listener of requests to `server` is the one that it was made with. */
  isUntouched(server: EventEmitter): boolean {
    const { _events: events } = server as ListenerTable
    return events === undefined || events['request'] === this.#listener
  }

  listenerCount(event: string): number {
    return this.plain.listenerCount(event) + (this.#encrypted?.listenerCount(event) ?? 0)
  }
}
