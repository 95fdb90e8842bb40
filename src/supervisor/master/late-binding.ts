// Where nobody said where to listen, an application that listens by itself does: the first worker loads it with no listener, asks, and
// the master binds then.
import type { Config } from '../../config/config.ts'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import type { ListenAddress } from '../../config/listen/address.ts'
import type { Balance } from '../balance/balance.ts'
import type { AskedPlace } from '../ipc/messages.ts'
import type { WorkerProcesses } from '../processes/worker-processes.ts'
import { type BoundListener, bind } from '../sockets/bind.ts'
import { showAddress } from '../sockets/bind-errors.ts'
import { askedAddress } from '../state/config-mapping.ts'
import type { EventQueue } from './event-queue.ts'
import { inLoop, type MasterEvent } from './master-event.ts'

export interface LateBindingParts {
  readonly config: Config
  /** Empty until something is bound. */
  readonly listeners: BoundListener[]
  readonly processes: WorkerProcesses
  readonly balance: Pick<Balance, 'open'>
  readonly eventQueue: EventQueue<MasterEvent>
  onFailed(error: ConfigError): void
}

export class LateBinding {
  readonly #parts: LateBindingParts
  #bound: Promise<BoundListener> | undefined

  constructor(parts: LateBindingParts) {
    this.#parts = parts
  }

  /** Binds what the first worker asks for, and gives it to every worker that asks. */
  take(id: number, place: AskedPlace): void {
    const { config, listeners, processes, balance, eventQueue, onFailed } = this.#parts
    this.#bound ??= bindAsked(config, place)
    this.#bound.then(
      bound =>
        inLoop(eventQueue, () => {
          if (listeners.length === 0) {
            listeners.push(bound)
            balance.open(listeners)
          }
          processes.listen(id, bound)
        }),
      error =>
        inLoop(eventQueue, () =>
          onFailed(error instanceof ConfigError ? error : new ConfigError(String(error), EXIT.bind, { cause: error })),
        ),
    )
  }
}

/** Binds where the application asks to listen, or else where the configuration says. Throws ConfigError with EXIT.bind. */
export async function bindAsked(config: Config, place: AskedPlace): Promise<BoundListener> {
  const [usual] = config.listen as readonly [ListenAddress]
  const bound = await bind(askedAddress(place, config.fallbackPort) ?? usual, { ipv6: config.ipv6 })
  // Under the name by which another master (USR2), which has not loaded the application yet, looks for it.
  return { ...bound, requested: showAddress(usual) }
}
