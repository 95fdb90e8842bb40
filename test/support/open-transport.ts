// The server's end of a connection without a transport: what is sent goes nowhere, what comes is given to `user`.

import { Socket } from 'node:net'
import type { Handler } from '../../src/app/handler.ts'
import type { AccessRecord } from '../../src/log/access-record.ts'
import type { Log } from '../../src/log/log.ts'
import { accept } from '../../src/server/accept.ts'
import { DeadlineTimer } from '../../src/server/deadline-timer.ts'
import { Refusals } from '../../src/server/refusals.ts'
import { ServerContext } from '../../src/server/server-context.ts'
import { DEFAULT_SETTINGS, type ServerSettings } from '../../src/server/settings.ts'
import type { Transport, TransportUser } from '../../src/transport/transport.ts'

const IGNORE = (): void => undefined
export const SILENT: Log = { debug: IGNORE, info: IGNORE, warn: IGNORE, error: IGNORE }

/** A transport that takes everything. */
export class OpenTransport implements Transport {
  readonly queuedBytes = 0
  readonly isOpen = true
  readonly isFlushed = true
  readonly remoteAddress = '192.0.2.1'
  readonly remotePort = 1
  readonly localAddress = '192.0.2.2'
  readonly localPort = 2
  user: TransportUser | undefined
  /** The server of the last one that was connected. */
  static #context: ServerContext

  /** A connection of its own server, which gives requests to `handler` and logs nothing. */
  static connect(
    handler: Handler,
    settings: Partial<ServerSettings> = {},
    onAnswered?: (record: AccessRecord) => void,
  ): TransportUser {
    const common = new ServerContext({
      settings: { ...DEFAULT_SETTINGS, ...settings },
      handler,
      log: SILENT,
      clock: new DeadlineTimer(1e6),
      onAnswered,
      onRetire: undefined,
      metrics: undefined,
      refusals: new Refusals(SILENT, onAnswered),
    })
    OpenTransport.#context = common
    const transport = new this()
    accept(common, transport, { host: 'localhost', port: 80, isEncrypted: false })
    return transport.user!
  }

  /** That server is told to drain. */
  static drain(): void {
    OpenTransport.#context.isDraining = true
    for (const connection of OpenTransport.#context.connections) connection.drain()
  }

  get socket(): Socket {
    return new Socket()
  }
  open(user: TransportUser): void {
    this.user = user
  }
  sendText(_text: string): boolean {
    return true
  }
  sendBytes(_before: string, _bytes: Uint8Array): boolean {
    return true
  }
  sendPieces(_pieces: readonly (string | Uint8Array)[]): boolean {
    return true
  }
  limitStall(): void {}
  pause(): void {}
  resume(): void {}
  end(_ended: () => void): void {}
  endAndClose(): void {}
  destroy(): void {}
  reset(): void {}
  release(): Socket {
    return this.socket
  }
}
