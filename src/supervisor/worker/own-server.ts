// What an application's own http.Server says, where the operator has not: its limits, its keys.
import type { Server as TlsServer } from 'node:tls'
import type { OwnServer, ServerLimit } from '../../app/handler.ts'
import type { Notice } from '../../app/load/load-app.ts'
import type { Config, LeftToServer } from '../../config/config.ts'
import type { Server } from '../../server/http-server.ts'

const OPTIONS: Readonly<Record<ServerLimit | 'tls', LeftToServer>> = {
  keepaliveTimeoutMs: 'keepaliveTimeout',
  headTimeoutMs: 'headTimeout',
  bodyTimeoutMs: 'bodyTimeout',
  requestsPerConnection: 'maxKeepaliveReqs',
  connections: 'maxConnections',
  tls: 'ssl',
}

export class OwnServerSettings implements OwnServer {
  readonly #config: Config
  /** What it has said before there was a server. */
  readonly limits: Partial<Record<ServerLimit, number>> = {}
  /** Does the handshakes. */
  handshakes: TlsServer | undefined
  #warning: string | undefined
  #server: Pick<Server, 'limit'> | undefined

  constructor(config: Config) {
    this.#config = config
  }

  isFree(what: ServerLimit | 'tls'): boolean {
    return this.#config.leftToServer.includes(OPTIONS[what])
  }

  limit(limits: Partial<Record<ServerLimit, number>>): void {
    Object.assign(this.limits, limits)
    this.#server?.limit(limits)
  }

  encrypt(server: TlsServer): void {
    this.handshakes = server
  }

  warn(text: string): void {
    this.#warning = text
  }

  /** What to tell of it: an exported server has no notice yet. */
  noticeFor(notice: Notice | undefined): Notice | undefined {
    const text = 'The application’s own https server is served, by TLS with its own key and certificate'
    const warning = this.#warning
    const own: Notice | undefined =
      this.handshakes === undefined ? notice : { level: 'info', text, ...notice, isEncrypted: true }
    if (warning === undefined) return own
    return own === undefined ? { level: 'warn', text: warning } : { ...own, warning }
  }

  /** What it says from now on goes to `server`. */
  follow(server: Pick<Server, 'limit'>): void {
    this.#server = server
  }
}
