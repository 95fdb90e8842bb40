// How a server stops: for --drain-delay it serves as ever, and only /readyz says that it goes; then nothing is accepted any
// more; then the workers finish and leave.
import { setTimeout as timer } from 'node:timers'
import type { Pool } from '../../pool/pool.ts'
import type { Balance } from '../balance/balance.ts'
import type { DesiredState } from '../state/desired-state.ts'
import type { MasterLogs } from '../system/log-files.ts'
import type { ServiceManager } from '../system/sd-notify.ts'
import { drainDelayMessage } from '../system/stop-message.ts'
import type { EventQueue } from './event-queue.ts'
import type { MasterEvent } from './master-event.ts'
import type { Upgrades } from './upgrade.ts'

export interface StopSequenceParts {
  readonly desired: DesiredState
  readonly pool: Pool
  readonly balance: Balance
  readonly upgrades: Upgrades
  readonly manager: ServiceManager
  readonly logs: MasterLogs
  readonly eventQueue: EventQueue<MasterEvent>
}

export class StopSequence {
  readonly #parts: StopSequenceParts
  #delay: NodeJS.Timeout | undefined

  constructor(parts: StopSequenceParts) {
    this.#parts = parts
  }

  /** The first request starts the delay, a second one ends it, a third one cuts what is in flight. */
  ask(at: number): void {
    const { desired, pool } = this.#parts
    if (desired.phase === 'stopping') {
      desired.isHurried = true
      pool.apply({ type: 'hurried', at })
    } else if (desired.phase === 'leaving') this.#endDelay()
    else this.#begin()
  }

  #begin(): void {
    const { desired, upgrades, manager, logs, eventQueue } = this.#parts
    if (upgrades.abandon()) desired.sharesSockets = false
    manager.stopping()
    desired.enter('stop')
    if (desired.phase !== 'leaving') return
    const delay = desired.isAsleep ? 0 : desired.config.drainDelay
    if (delay === 0) this.#endDelay()
    else {
      logs.log.info(drainDelayMessage(delay))
      this.#delay = timer(() => eventQueue.put({ type: 'call', call: () => this.#endDelay() }), delay * 1000)
    }
  }

  #endDelay(): void {
    const { desired, balance, eventQueue } = this.#parts
    clearTimeout(this.#delay)
    const stop = (): void => desired.enter('delayOver')
    // What the master has accepted itself goes to the workers before they are told to leave.
    const accepted = balance.takeQueue()
    if (accepted === undefined) stop()
    else accepted.then(() => eventQueue.put({ type: 'call', call: stop }))
  }
}
