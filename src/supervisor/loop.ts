// The life of the master. Signals, exits, messages and timers go into one inbox; for each of them the same three things are
// done: the pool takes it in, a plan is made, the plan is performed.

import type { Config } from '../config/config.ts'
import { EXIT } from '../config/exit-codes.ts'
import { ConfigMistake } from '../config/mistakes.ts'
import type { BoundListener } from './bind.ts'
import { Crew } from './crew.ts'
import { describeExit, describeKill, type ProcessExit, wasExpected } from './exit-reason.ts'
import type { Inbox } from './inbox.ts'
import type { MasterLogs } from './log-files.ts'
import type { MasterEvent } from './master-event.ts'
import type { Report } from './messages.ts'
import { type Action, nextWake, plan, type Wish } from './plan.ts'
import { Pool, type WorkerRecord } from './pool.ts'
import { afterDeath, beginRollout, FIRST_ROLLOUT, isRollingOut } from './rollout.ts'
import { poolLimitsOf } from './settings.ts'
import { isStop, type MasterSignal } from './signals.ts'

export interface MasterOptions {
  readonly config: Config
  /** How many to start with. */
  readonly workers: number
  readonly listeners: readonly BoundListener[]
  readonly logs: MasterLogs
  readonly inbox: Inbox<MasterEvent>
  /** Program of the workers, for tests; default: worker.ts. */
  readonly entry?: string
  /** Called once, when all workers serve. */
  onServing(): void
  /** Called with the files that an app was loaded from. */
  onLoaded(files: readonly string[]): void
}

// first: one worker alone shows whether the app loads, so its error appears once. rest: the others start. A failure in either
// stops the start; from `serving` on nothing takes down what works.
type Phase = 'first' | 'rest' | 'serving' | 'stopping'

const TICK_MS = 1000
/** A tick this late means that the master itself was stopped; then nobody's silence counts. */
const PAUSE_MS = 5000

export class MasterLoop {
  readonly #options: MasterOptions
  readonly #pool: Pool
  readonly #crew: Crew
  #phase: Phase = 'first'
  #workers: number
  #children: number
  #rollout = FIRST_ROLLOUT
  #failure: ConfigMistake | undefined
  #timer: NodeJS.Timeout | undefined
  #tickAt = Infinity

  constructor(options: MasterOptions) {
    this.#options = options
    this.#workers = options.workers
    this.#children = options.config.workers
    this.#pool = new Pool(poolLimitsOf(options.config), Math.random)
    this.#crew = new Crew(options)
  }

  /** Resolves when the last worker is gone. Rejects with the ConfigMistake that stopped the start. */
  async run(): Promise<void> {
    this.#step(performance.now())
    while (this.#phase !== 'stopping' || this.#pool.records.length > 0) {
      const event = await this.#options.inbox.take()
      const now = performance.now()
      this.#notePause(now)
      this.#apply(event, now)
      this.#step(now)
    }
    clearTimeout(this.#timer)
    if (this.#failure !== undefined) throw this.#failure
  }

  get #wish(): Wish {
    const workers = this.#phase === 'stopping' ? 0 : this.#phase === 'first' ? 1 : this.#workers
    const spawnIntervalMs = this.#phase === 'serving' ? this.#options.config.spawnInterval * 1000 : 0
    return { workers, ...this.#rollout, spawnIntervalMs }
  }

  #step(now: number): void {
    for (;;) {
      const actions = plan(this.#pool, this.#wish, now)
      if (actions.length === 0) break
      for (const action of actions) this.#perform(action, now)
    }
    const wakeAt = nextWake(this.#pool, this.#wish, now)
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
          this.#log.warn(`${nameOf(before)} ${describeKill(before, this.#options.config)}: it is killed`)
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
        if (this.#isBooting) this.#stopStart(mistake)
        else this.#log.error(mistake.message, mistake.cause)
      }
    }
  }

  #noteReady(): void {
    if (this.#phase === 'first') this.#phase = 'rest'
    const serving = this.#pool.records.filter(worker => worker.state === 'serving')
    if (this.#phase === 'rest' && serving.length >= this.#workers) {
      this.#phase = 'serving'
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
    if (before.readyAt === undefined && this.#isBooting) {
      this.#stopStart(new ConfigMistake(`Cannot start: ${nameOf(before)} ${describeExit(before, exit)}`, EXIT.boot))
    }
    this.#noteDeath(dead)
    this.#noteRolledOut()
  }

  #noteDeath(dead: WorkerRecord): void {
    const rollout = afterDeath(this.#rollout, dead, this.#pool.records)
    if (rollout === this.#rollout) return
    this.#rollout = rollout
    this.#log.error('The reload is stopped: the new code does not start, the old workers stay')
  }

  #tellExit(before: WorkerRecord, exit: ProcessExit): void {
    if (!wasExpected(before, exit)) {
      if (!this.#isBooting) this.#log.warn(`${nameOf(before)} ${describeExit(before, exit)}`)
    } else if (before.retiring !== undefined)
      this.#log.info(`${nameOf(before)} left and was replaced (${before.retiring})`)
    else this.#log.debug(`${nameOf(before)} left`)
  }

  #applySignal(signal: MasterSignal, at: number): void {
    if (isStop(signal)) {
      if (this.#phase === 'stopping') this.#pool.apply({ type: 'hurried', at })
      this.#phase = 'stopping'
      return
    }
    switch (signal) {
      case 'SIGHUP':
        this.#log.info('Reloading: new workers start before old ones go')
        this.#reload()
        break
      case 'SIGUSR1':
        this.#options.logs.reopen()
        this.#crew.reopenLogs()
        break
      case 'SIGTTIN':
        this.#changeWorkers(+1)
        break
      case 'SIGTTOU':
        this.#changeWorkers(-1)
        break
      default:
        this.#log.info(`${signal} has no meaning here and is ignored`)
    }
  }

  #reload(): void {
    this.#rollout = beginRollout(this.#rollout)
    this.#pool.apply({ type: 'forgiven' })
  }

  /** Told once: `oldestGeneration` goes back to 0 to say so, which changes nothing while every worker is new. */
  #noteRolledOut(): void {
    const { generation, oldestGeneration } = this.#rollout
    const workers = this.#pool.records.filter(worker => worker.state === 'starting' || worker.state === 'serving')
    const isNew =
      workers.length >= this.#wish.workers && workers.every(w => w.generation === generation && w.state === 'serving')
    if (this.#phase !== 'serving' || oldestGeneration === 0 || !isNew || isRollingOut(this.#rollout, workers)) return
    this.#rollout = { generation, oldestGeneration: 0 }
    this.#log.info('Reloaded: all workers run the new code')
  }

  /** Of a Perl application it is the children that are meant; each of its workers keeps one at least. */
  #changeWorkers(difference: number): void {
    if (this.#options.config.interface === 'perl') {
      this.#children = Math.max(this.#workers, this.#children + difference)
      this.#crew.scale(this.#children)
      this.#log.info(`The number of Perl children is ${this.#children} now`)
      return
    }
    this.#workers = Math.max(1, this.#workers + difference)
    this.#log.info(`The number of workers is ${this.#workers} now`)
  }

  get #isBooting(): boolean {
    return this.#phase === 'first' || this.#phase === 'rest'
  }

  // Nobody has been told that this server serves: there is nothing to be graceful about.
  #stopStart(mistake: ConfigMistake): void {
    this.#failure ??= mistake
    this.#phase = 'stopping'
  }

  get #log(): MasterLogs['log'] {
    return this.#options.logs.log
  }
}

function nameOf(worker: WorkerRecord): string {
  return `worker ${worker.pid ?? worker.id}`
}
