// The life of the master. Signals, exits, messages and timers go into one inbox; for each of them the same three things are
// done: the pool takes it in, a plan is made, the plan is performed.

import type { Config } from '../config/config.ts'
import { EXIT } from '../config/exit-codes.ts'
import { ConfigMistake } from '../config/mistakes.ts'
import { Aims } from './aims.ts'
import type { BoundListener } from './bind.ts'
import { Crew } from './crew.ts'
import { describeExit, describeKill, type ProcessExit, wasExpected } from './exit-reason.ts'
import type { Inbox } from './inbox.ts'
import type { MasterLogs } from './log-files.ts'
import type { MasterEvent } from './master-event.ts'
import type { Report } from './messages.ts'
import { type Origin, readAgain, renewed } from './origin.ts'
import { type Action, nextWake, plan } from './plan.ts'
import { Pool, type WorkerRecord } from './pool.ts'
import { poolLimitsOf } from './settings.ts'
import { hasTerminal, isStop, type MasterSignal } from './signals.ts'
import { wordsOf } from './stack.ts'
import { Upgrades } from './upgrade.ts'

export interface MasterOptions {
  readonly config: Config
  /** Where the configuration is read again after HUP. */
  readonly origin: Origin
  /** How many to start with. */
  readonly workers: number
  readonly listeners: readonly BoundListener[]
  readonly logs: MasterLogs
  readonly inbox: Inbox<MasterEvent>
  /** Program of the workers, for tests; default: worker.ts. */
  readonly entry?: string
  /** Called once, when all workers serve. */
  onServing(): void
  /** Called once another master has the sockets. */
  onHandedOver(): void
  /** Called with the files that an app was loaded from. */
  onLoaded(files: readonly string[]): void
}

const TICK_MS = 1000
/** Failures of one slot in a row that end the server under --fail-fast. */
const FAIL_FAST_AFTER = 5
/** A tick this late means that the master itself was stopped; then nobody's silence counts. */
const PAUSE_MS = 5000

export class MasterLoop {
  readonly #options: MasterOptions
  readonly #pool: Pool
  readonly #crew: Crew
  readonly #aims: Aims
  #failure: ConfigMistake | undefined
  readonly #upgrades: Upgrades
  #timer: NodeJS.Timeout | undefined
  #tickAt = Infinity

  constructor(options: MasterOptions) {
    this.#options = options
    this.#aims = new Aims(options.config, options.workers)
    this.#pool = new Pool(poolLimitsOf(options.config), Math.random)
    this.#crew = new Crew(options)
    this.#upgrades = new Upgrades(options)
  }

  /** Resolves when the last worker is gone. Rejects with the ConfigMistake that stopped the start. */
  async run(): Promise<void> {
    this.#step(performance.now())
    while (this.#aims.phase !== 'stopping' || this.#pool.records.length > 0) {
      const event = await this.#options.inbox.take()
      const now = performance.now()
      this.#notePause(now)
      this.#apply(event, now)
      this.#step(now)
    }
    clearTimeout(this.#timer)
    if (this.#failure !== undefined) throw this.#failure
  }

  #step(now: number): void {
    for (;;) {
      const actions = plan(this.#pool, this.#aims.wish, now)
      if (actions.length === 0) break
      for (const action of actions) this.#perform(action, now)
    }
    const wakeAt = nextWake(this.#pool, this.#aims.wish, now)
    this.#tickAt = Math.min(now + TICK_MS, wakeAt)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#options.inbox.put({ type: 'tick' }), Math.ceil(this.#tickAt - now))
  }

  #notePause(now: number): void {
    const late = now - this.#tickAt
    if (late > PAUSE_MS) this.#pool.apply({ type: 'paused', ms: late })
  }

  #perform(action: Action, now: number): void {
    switch (action.do) {
      case 'spawn': {
        const { slot, generation } = action
        this.#pool.apply({ type: 'spawned', ...this.#crew.spawn(slot), slot, generation, at: now })
        return
      }
      case 'drain':
        this.#crew.drain(action.id)
        this.#pool.apply({ type: 'drain', id: action.id, at: now })
        return
      case 'kill': {
        const before = this.#pool.record(action.id)
        if (before !== undefined)
          this.#log.warn(`${nameOf(before)} ${describeKill(before, this.#aims.config)}: it is killed`)
        this.#crew.kill(action.id)
        const killed = this.#pool.apply({ type: 'kill', id: action.id, at: now })
        if (killed !== undefined) this.#noteDeath(killed)
      }
    }
  }

  #apply(event: MasterEvent, at: number): void {
    switch (event.type) {
      case 'report':
        this.#applyReport(event.id, event.report, at)
        break
      case 'exit':
        this.#applyExit(event.id, event.exit, at)
        break
      case 'signal':
        this.#applySignal(event.signal, at)
        break
      case 'upgraded':
        if (this.#upgrades.end(event.upgrade)) this.#handOver(event.upgrade.pid)
        break
      case 'upgradeFailed':
        this.#upgrades.fail(event.upgrade, event.reason)
        break
      case 'reread':
        this.#renew(event.config)
        break
      case 'unreadable':
        this.#log.error(`The reload is stopped, the old workers stay: ${wordsOf(event.mistake)}`)
        break
      case 'changed':
        this.#log.info(`"${event.path}" has changed`)
        this.#reload()
        break
      case 'tick':
    }
  }

  #applyReport(id: number, report: Report, at: number): void {
    switch (report.type) {
      case 'ready':
        this.#pool.apply({ type: 'ready', id, at })
        this.#options.onLoaded(report.files)
        this.#noteReady()
        break
      case 'alive':
        this.#pool.apply({ type: 'alive', id, at })
        break
      case 'retiring':
        this.#pool.apply({ type: 'retiring', id, reason: report.reason, at })
        break
      case 'failed': {
        const mistake = new ConfigMistake(report.message, report.exitCode, { cause: report.detail })
        if (this.#aims.isBooting) this.#stopStart(mistake)
        else this.#log.error(mistake.message, mistake.cause)
      }
    }
  }

  #noteReady(): void {
    if (this.#aims.phase === 'first') this.#aims.phase = 'rest'
    const serving = this.#pool.records.filter(worker => worker.state === 'serving')
    if (this.#aims.phase === 'rest' && serving.length >= this.#aims.workers) {
      this.#aims.phase = 'serving'
      this.#options.onServing()
    }
    this.#noteRolledOut()
  }

  #applyExit(id: number, exit: ProcessExit, at: number): void {
    const before = this.#pool.record(id)
    this.#crew.forget(id)
    const dead = this.#pool.apply({ type: 'exit', id, at })
    if (before === undefined || dead === undefined) return
    if (this.#failure === undefined) this.#tellExit(before, exit)
    if (before.readyAt === undefined && this.#aims.isBooting) {
      this.#stopStart(new ConfigMistake(`Cannot start: ${nameOf(before)} ${describeExit(before, exit)}`, EXIT.boot))
    }
    this.#noteDeath(dead)
    this.#noteRolledOut()
  }

  #noteDeath(dead: WorkerRecord): void {
    this.#noteFailures(dead.slot)
    if (this.#aims.stopsRollout(dead, this.#pool.records))
      this.#log.error('The reload is stopped: the new code does not start, the old workers stay')
  }

  #noteFailures(slot: number): void {
    const isHopeless = this.#pool.failures(slot) >= FAIL_FAST_AFTER
    if (!this.#aims.config.failFast || this.#aims.phase !== 'serving' || !isHopeless) return
    const reason = `a worker failed ${FAIL_FAST_AFTER} times in a row, and --fail-fast is on`
    this.#stopStart(new ConfigMistake(`Cannot go on: ${reason}`, EXIT.boot))
  }

  #tellExit(before: WorkerRecord, exit: ProcessExit): void {
    if (!wasExpected(before, exit)) {
      if (!this.#aims.isBooting) this.#log.warn(`${nameOf(before)} ${describeExit(before, exit)}`)
    } else if (before.retiring !== undefined)
      this.#log.info(`${nameOf(before)} left and was replaced (${before.retiring})`)
    else this.#log.debug(`${nameOf(before)} left`)
  }

  #applySignal(signal: MasterSignal, at: number): void {
    if (isStop(signal)) {
      if (this.#aims.phase === 'stopping') this.#pool.apply({ type: 'hurried', at })
      this.#upgrades.abandon()
      this.#aims.phase = 'stopping'
      return
    }
    switch (signal) {
      case 'SIGHUP':
        this.#log.info('Reloading: new workers start before old ones go')
        readAgain(this.#options.origin).then(
          config => this.#options.inbox.put({ type: 'reread', config }),
          mistake => this.#options.inbox.put({ type: 'unreadable', mistake }),
        )
        break
      case 'SIGUSR2':
        this.#upgrades.begin(this.#aims)
        break
      case 'SIGWINCH':
        // A terminal sends it whenever its window changes.
        if (!hasTerminal()) this.#fallAsleep()
        break
      case 'SIGUSR1':
        this.#options.logs.reopen()
        this.#crew.reopenLogs()
        break
      case 'SIGTTIN':
        this.#scaleTo(this.#aims.scale + 1)
        break
      case 'SIGTTOU':
        this.#scaleTo(this.#aims.scale - 1)
        break
    }
  }

  #renew(read: Config): void {
    const { config, ignored } = renewed(this.#aims.config, read)
    if (ignored.length > 0)
      this.#log.warn(`Changed in the configuration, but only USR2 can apply it: ${ignored.join(', ')}`)
    this.#aims.adopt(config)
    this.#crew.config = config
    this.#pool.limits = poolLimitsOf(config)
    this.#reload()
  }

  #reload(): void {
    this.#aims.beginRollout()
    this.#pool.apply({ type: 'forgiven' })
  }

  #handOver(pid: number | undefined): void {
    this.#log.info(`Upgraded: the new master ${pid} serves, this one finishes its requests and goes`)
    this.#options.onHandedOver()
    this.#aims.phase = 'stopping'
  }

  #fallAsleep(): void {
    if (this.#aims.phase !== 'serving' || this.#aims.isAsleep) return
    this.#aims.isAsleep = true
    this.#log.info('All workers leave, connections wait in the queue of the port: HUP or TTIN starts workers again')
  }

  #noteRolledOut(): void {
    if (this.#aims.endsRollout(this.#pool.records)) this.#log.info('Reloaded: all workers run the new code')
  }

  #scaleTo(count: number): void {
    this.#aims.scaleTo(count)
    const { children, scale } = this.#aims
    if (children !== undefined) this.#crew.scale(children)
    this.#log.info(`The number of ${children === undefined ? 'workers' : 'Perl children'} is ${scale} now`)
  }

  #stopStart(mistake: ConfigMistake): void {
    this.#failure ??= mistake
    this.#aims.phase = 'stopping'
  }

  get #log(): MasterLogs['log'] {
    return this.#options.logs.log
  }
}

function nameOf(worker: WorkerRecord): string {
  return `worker ${worker.pid ?? worker.id}`
}
