// Sockets that a worker asks its master for, because its application wants to listen: the one that is served, and those of further servers.
import type { GivenSocket } from '../../app/load/load-app.ts'
import type { AskedPlace, Order, Report, SharedOrder } from '../ipc/messages.ts'
import type { AppServerOptions, LateListener } from './app-server.ts'

type ListenOrder = Extract<Order, { type: 'listen' }>

export class AskedSockets {
  readonly #report: (report: Report) => void
  readonly #waiting = new Map<number, (order: SharedOrder, handle: object | undefined) => void>()
  #listen: ((listener: LateListener) => void) | undefined
  #last = 0

  constructor(report: (report: Report) => void) {
    this.#report = report
  }

  /** For AppServer. */
  get ways(): Pick<AppServerOptions, 'askListener' | 'askSocket'> {
    return { askListener: place => this.#served(place), askSocket: place => this.#further(place) }
  }

  /** The listener of the server that Starlight serves. */
  #served(place: AskedPlace): Promise<LateListener> {
    this.#report({ type: 'asks', place })
    return new Promise(resolve => {
      this.#listen = resolve
    })
  }

  /** That of a further server. Rejects with an error as node:net has it. */
  #further(place: AskedPlace): Promise<GivenSocket> {
    const number = ++this.#last
    this.#report({ type: 'shares', number, place })
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, ({ failure }, handle) => {
        const giveUp = (): void => this.#report({ type: 'unshares', number })
        if (failure === undefined && handle !== undefined) resolve({ handle, giveUp } as GivenSocket)
        else reject(listenError(place, failure))
      })
    })
  }

  obey(order: ListenOrder | SharedOrder, handle: object | undefined): void {
    if (order.type === 'listen') this.#listen?.({ ...order, handle })
    else {
      this.#waiting.get(order.number)?.(order, handle)
      this.#waiting.delete(order.number)
    }
  }
}

function listenError({ host, port, path }: AskedPlace, failure: SharedOrder['failure']): Error {
  const { code, message } = failure ?? { code: 'ENOTCONN', message: 'Cannot listen: the socket did not come' }
  return Object.assign(new Error(message), { code, syscall: 'listen', address: path ?? host, port })
}
