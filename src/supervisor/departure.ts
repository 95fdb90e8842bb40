// How a server stops: for --drain-delay it serves as ever, and only /readyz says that it goes; then nothing is accepted any
// more; then the workers finish and leave.
import { setTimeout as timer } from 'node:timers'
import type { Aims } from './aims.ts'
import type { Balance } from './balance.ts'
import type { Inbox } from './inbox.ts'
import type { MasterLogs } from './log-files.ts'
import type { MasterEvent } from './master-event.ts'
import type { ServiceManager } from './notify.ts'
import type { Pool } from './pool.ts'
import type { Upgrades } from './upgrade.ts'

export interface DepartureParts {
  readonly aims: Aims
  readonly pool: Pool
  readonly balance: Balance
  readonly upgrades: Upgrades
  readonly manager: ServiceManager
  readonly logs: MasterLogs
  readonly inbox: Inbox<MasterEvent>
}

export class Departure {
  readonly #parts: DepartureParts
  #delay: NodeJS.Timeout | undefined

  constructor(parts: DepartureParts) {
    this.#parts = parts
  }

  /** Gently at first; asked again, the delay is over; asked once more, nobody has time. */
  ask(at: number): void {
    const { aims, pool } = this.#parts
    if (aims.phase === 'stopping') {
      aims.isHurried = true
      pool.apply({ type: 'hurried', at })
    } else if (aims.phase === 'leaving') this.#endDelay()
    else this.#begin()
  }

  #begin(): void {
    const { aims, upgrades, manager, logs, inbox } = this.#parts
    upgrades.abandon()
    manager.stopping()
    if (aims.phase !== 'serving') {
      aims.phase = 'stopping'
      return
    }
    aims.phase = 'leaving'
    const delay = aims.isAsleep ? 0 : aims.config.drainDelay
    if (delay === 0) this.#endDelay()
    else {
      logs.log.info(delayWords(delay))
      this.#delay = timer(() => inbox.put({ type: 'call', call: () => this.#endDelay() }), delay * 1000)
    }
  }

  #endDelay(): void {
    const { aims, balance, inbox } = this.#parts
    clearTimeout(this.#delay)
    const stop = (): void => {
      aims.phase = 'stopping'
    }
    // What the master has accepted itself goes to the workers before they are told to leave.
    const accepted = balance.takeQueue()
    if (accepted === undefined) stop()
    else accepted.then(() => inbox.put({ type: 'call', call: stop }))
  }
}

export function delayWords(seconds: number): string {
  return `Stopping in ${seconds} s: until then all requests are served; a second signal skips the wait`
}
