// What people ask of a running server, by signals or through the control socket: it changes the aims, and the plan follows.
import type { Config } from '../config/config.ts'
import type { Log } from '../log/log.ts'
import type { Aims } from './aims.ts'
import { type BoundListener, checkKeys } from './bind.ts'
import type { Chronicle } from './chronicle.ts'
import type { Crew } from './crew.ts'
import type { Departure } from './departure.ts'
import type { Inbox } from './inbox.ts'
import type { MasterLogs } from './log-files.ts'
import type { MasterEvent } from './master-event.ts'
import type { ServiceManager } from './notify.ts'
import { type Origin, readAgain, renewed } from './origin.ts'
import type { Pool } from './pool.ts'
import { poolLimitsOf } from './settings.ts'
import { hasTerminal, isStop, type MasterSignal, TERMINAL_CLOSED, TERMINAL_CLOSED_WORDS } from './signals.ts'
import { wordsOf } from './stack.ts'
import type { Upgrade, Upgrades } from './upgrade.ts'

export interface HelmParts {
  readonly aims: Aims
  readonly pool: Pool
  readonly crew: Crew
  readonly upgrades: Upgrades
  readonly departure: Departure
  readonly chronicle: Chronicle
  readonly manager: ServiceManager
  readonly origin: Origin
  readonly logs: MasterLogs
  readonly inbox: Inbox<MasterEvent>
  readonly listeners: readonly BoundListener[]
  /** Called once another master has the sockets. */
  onHandedOver(): void
}

export class Helm {
  readonly #parts: HelmParts

  constructor(parts: HelmParts) {
    this.#parts = parts
  }

  signal(signal: MasterSignal, at: number): void {
    const { aims } = this.#parts
    if (signal === TERMINAL_CLOSED) this.#log.info(TERMINAL_CLOSED_WORDS)
    if (isStop(signal)) this.stop(at)
    else if (signal === 'SIGHUP') this.reread()
    else if (signal === 'SIGUSR2') this.upgrade()
    else if (signal === 'SIGUSR1') this.reopenLogs()
    else if (signal === 'SIGTTIN') this.scaleTo(aims.scale + 1)
    else if (signal === 'SIGTTOU') this.scaleTo(aims.scale - 1)
    // A terminal sends WINCH whenever its window changes.
    else if (!hasTerminal()) this.sleep()
  }

  stop(at: number): void {
    this.#parts.departure.ask(at)
  }

  /** Starts a new master; undefined when that cannot be now. */
  upgrade(): Upgrade | undefined {
    return this.#parts.upgrades.begin(this.#parts.aims)
  }

  /** Reads the configuration; what comes of it lies in the inbox then. */
  reread(): void {
    const { chronicle, manager, origin, inbox, listeners } = this.#parts
    chronicle.reloadBegins()
    manager.reloading()
    const checked = readAgain(origin).then(config => {
      checkKeys(listeners, message => this.#log.warn(message))
      return config
    })
    checked.then(
      config => inbox.put({ type: 'reread', config }),
      mistake => inbox.put({ type: 'unreadable', mistake }),
    )
  }

  /** Goes on with a configuration that was read. */
  renew(read: Config): void {
    const { aims, crew, pool } = this.#parts
    const { config, ignored } = renewed(aims.config, read)
    if (ignored.length > 0)
      this.#log.warn(`Changed in the configuration, but only USR2 can apply it: ${ignored.join(', ')}`)
    aims.adopt(config)
    crew.config = config
    pool.limits = poolLimitsOf(config)
    this.reload()
  }

  /** Replaces all workers, with the configuration as it is. */
  reload(): void {
    this.#parts.aims.beginRollout()
    this.#parts.pool.apply({ type: 'forgiven' })
  }

  reloadEnds(stopped?: unknown): void {
    const { chronicle, manager } = this.#parts
    if (stopped === undefined) chronicle.reloadIsDone()
    else chronicle.reloadIsStopped(wordsOf(stopped))
    manager.ready()
  }

  sleep(): void {
    const { aims } = this.#parts
    if (aims.phase !== 'serving' || aims.isAsleep) return
    aims.isAsleep = true
    this.#log.info('All workers leave, connections wait in the queue of the port: HUP or TTIN starts workers again')
  }

  reopenLogs(): void {
    this.#parts.logs.reopen()
    this.#parts.crew.reopenLogs()
  }

  scaleTo(count: number): void {
    const { aims, crew } = this.#parts
    if (aims.config.balance === 'reuseport' && aims.children === undefined) {
      this.#log.warn('The number of workers is fixed: each has a socket of its own (--balance=reuseport)')
      return
    }
    aims.scaleTo(count)
    if (aims.children !== undefined) crew.scale(aims.children)
    this.#log.info(`The number of ${aims.children === undefined ? 'workers' : 'Perl children'} is ${aims.scale} now`)
  }

  /** A new master serves. */
  upgraded(upgrade: Upgrade): void {
    if (!this.#parts.upgrades.end(upgrade)) return
    this.#log.info(`Upgraded: the new master ${upgrade.pid} serves, this one finishes its requests and goes`)
    this.#parts.manager.handOver(upgrade.pid)
    this.#parts.onHandedOver()
    this.#parts.aims.isHandedOver = true
    this.#parts.aims.phase = 'stopping'
  }

  get #log(): Log {
    return this.#parts.logs.log
  }
}
