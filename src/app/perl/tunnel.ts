// psgix.io of a Perl application: a second connection from its child, which becomes one with the client's as soon as the
// application writes to it.
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream'
import type { Exchange } from '../handler.ts'

/** How long a client may take to close after the application has. */
const LINGER_MS = 5000

/** Whether a request gets one: it asks for another protocol, and has no body that would have to be read before. */
export function isForTunnel({ head, hasBody }: Exchange): boolean {
  return head.upgrade !== undefined && !hasBody && head.upgrade.toLowerCase() !== 'h2c'
}

export class Tunnel {
  /** open: the application has written nothing yet. taken: the connection is its own. */
  state: 'open' | 'taken' | 'closed' = 'open'
  readonly #end: Duplex
  readonly #exchange: Exchange

  /** `end`: our end of the child's connection. */
  constructor(end: Duplex, exchange: Exchange) {
    this.#end = end
    this.#exchange = exchange
    end.once('data', (first: Buffer) => this.#take(first))
    end.on('end', () => {
      if (this.state === 'open') end.end()
    })
  }

  /** The application has answered, or is gone: what it has not taken it does not get any more. */
  done(): void {
    if (this.state !== 'open') return
    this.state = 'closed'
    this.#end.destroy()
  }

  #take(first: Buffer): void {
    const end = this.#end
    end.pause()
    if (this.#exchange.state !== 'pending' || this.#exchange.isGone) {
      end.destroy()
      return
    }
    this.state = 'taken'
    const { socket, head } = this.#exchange.takeOver()
    if (head.byteLength > 0) socket.unshift(head)
    socket.write(first)
    // Either side's end or loss is the other's.
    pipeline(socket, end, () => undefined)
    pipeline(end, socket, () => setTimeout(() => socket.destroy(), LINGER_MS).unref())
  }
}
