// What operators ask of a running server, by signals or through the control socket: it changes the desired state, and the plan follows.
import type { Config } from '../../config/config.ts'
import type { Log } from '../../log/log.ts'
import type { Pool, WorkerRecord } from '../../pool/pool.ts'
import type { WorkerProcesses } from '../processes/worker-processes.ts'
import { poolLimitsOf } from '../state/config-mapping.ts'
import type { DesiredState } from '../state/desired-state.ts'
import type { WorkerHistory } from '../state/worker-history.ts'
import { messageOf } from '../system/error-text.ts'
import type { MasterLogs } from '../system/log-files.ts'
import type { ServiceManager } from '../system/sd-notify.ts'
import { hasTerminal, isStop, type MasterSignal, TERMINAL_CLOSED, TERMINAL_CLOSED_WORDS } from '../system/signals.ts'
import type { Certificates } from '../tls/certificates.ts'
import type { EventQueue } from './event-queue.ts'
import { type Invocation, mergeReloadable, readAgain } from './invocation.ts'
import { inLoop, type MasterEvent } from './master-event.ts'
import type { StopSequence } from './stop-sequence.ts'
import type { Upgrade, Upgrades } from './upgrade.ts'

export interface CommandParts {
  readonly desired: DesiredState
  readonly pool: Pool
  readonly processes: WorkerProcesses
  readonly upgrades: Upgrades
  readonly stopSequence: StopSequence
  readonly history: WorkerHistory
  readonly manager: ServiceManager
  readonly invocation: Invocation
  readonly logs: MasterLogs
  readonly eventQueue: EventQueue<MasterEvent>
  readonly certificates: Certificates
  /** Called once another master has the sockets. */
  onHandedOver(): void
}

const FIXED_NUMBER = 'The number of workers is fixed: each has a socket of its own (--balance=reuseport)'

export class Commands {
  readonly #parts: CommandParts

  constructor(parts: CommandParts) {
    this.#parts = parts
    const { certificates, processes, eventQueue } = parts
    certificates.onRenewed = materials => void inLoop(eventQueue, () => processes.renewTls(materials))
  }

  signal(signal: MasterSignal, at: number): void {
    const { desired } = this.#parts
    if (signal === TERMINAL_CLOSED) this.#log.info(TERMINAL_CLOSED_WORDS)
    if (isStop(signal)) this.stop(at)
    else if (signal === 'SIGHUP') this.reread()
    else if (signal === 'SIGUSR2') this.upgrade()
    else if (signal === 'SIGUSR1') this.reopenLogs()
    else if (signal === 'SIGTTIN') this.scaleTo(desired.scale + 1)
    else if (signal === 'SIGTTOU') this.scaleTo(desired.scale - 1)
    // A terminal sends WINCH whenever its window changes.
    else if (!hasTerminal()) this.sleep()
  }

  stop(at: number): void {
    this.#parts.stopSequence.ask(at)
  }

  /** Starts a new master; undefined when that cannot be now. */
  upgrade(): Upgrade | undefined {
    const upgrade = this.#parts.upgrades.begin(this.#parts.desired)
    if (upgrade !== undefined) this.shareSockets(true)
    return upgrade
  }

  upgradeFailed(upgrade: Upgrade, reason: string): void {
    if (this.#parts.upgrades.fail(upgrade, reason)) this.shareSockets(false)
  }

  /** Begins or ends the time in which another master accepts on the same sockets. */
  shareSockets(isShared: boolean): void {
    const { desired, processes } = this.#parts
    if (desired.sharesSockets === isShared) return
    desired.sharesSockets = isShared
    processes.shareSockets(isShared)
  }

  /** Reads the configuration; what comes of it lies in the eventQueue then. */
  reread(): void {
    const { desired, history, manager, invocation, eventQueue, certificates } = this.#parts
    history.reloadBegins(desired.generation + 1)
    manager.reloading()
    const checked = readAgain(invocation).then(async config => {
      await certificates.renew()
      return config
    })
    checked.then(
      config => eventQueue.put({ type: 'reread', config }),
      error => eventQueue.put({ type: 'unreadable', error }),
    )
  }

  /** Goes on with a configuration that was read. */
  renew(read: Config): void {
    const { desired, processes, pool } = this.#parts
    const { config, ignored } = mergeReloadable(desired.config, read)
    if (ignored.length > 0)
      this.#log.warn(`Changed in the configuration, but only USR2 can apply it: ${ignored.join(', ')}`)
    desired.adopt(config)
    processes.config = config
    pool.limits = poolLimitsOf(config)
    this.reload()
  }

  /** Replaces all workers, with the configuration as it is. */
  reload(): void {
    this.#parts.desired.beginRollout()
    this.#parts.pool.apply({ type: 'forgiven' })
  }

  reloadEnds(stopped?: unknown): void {
    const { history, manager } = this.#parts
    if (stopped === undefined) history.reloadIsDone()
    else history.reloadIsStopped(messageOf(stopped))
    manager.ready()
  }

  /** A worker died that was no reason to stop the roll-out. */
  noteDeath(dead: WorkerRecord): void {
    if (this.#parts.history.reloadFails(dead)) this.#parts.manager.ready()
  }

  sleep(): void {
    const { desired } = this.#parts
    if (desired.phase !== 'serving' || desired.isAsleep) return
    desired.isAsleep = true
    this.#log.info('All workers leave, connections wait in the queue of the port: HUP or TTIN starts workers again')
  }

  reopenLogs(): void {
    this.#parts.logs.reopen()
    this.#parts.processes.reopenLogs()
  }

  /** Gives the reason when the number cannot be changed. */
  scaleTo(count: number): string | undefined {
    const { desired, processes } = this.#parts
    if (desired.config.balance === 'reuseport' && desired.children === undefined) {
      this.#log.warn(FIXED_NUMBER)
      return FIXED_NUMBER
    }
    desired.scaleTo(count)
    if (desired.children !== undefined) processes.scale(desired.children)
    this.#log.info(
      `The number of ${desired.children === undefined ? 'workers' : 'Perl children'} is ${desired.scale} now`,
    )
    return undefined
  }

  /** A new master serves. */
  upgraded(upgrade: Upgrade): void {
    if (!this.#parts.upgrades.end(upgrade)) return
    this.#log.info(`Upgraded: the new master ${upgrade.pid} serves, this one finishes its requests and goes`)
    this.#parts.manager.handOver(upgrade.pid)
    this.#parts.onHandedOver()
    this.#parts.desired.enter('handOver')
  }

  get #log(): Log {
    return this.#parts.logs.log
  }
}
