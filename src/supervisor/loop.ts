// The life of the master. Signals, exits, messages and timers go into one inbox; for each of them the same three things are
// done: the pool takes it in, a plan is made, the plan is performed.

import { EXIT } from '../config/exit-codes.ts'
import { ConfigMistake } from '../config/mistakes.ts'
import { Aims } from './aims.ts'
import { type Balance, balanceOf } from './balance.ts'
import { stolenSocket } from './bind.ts'
import { Census } from './census.ts'
import { Chronicle, nameOf } from './chronicle.ts'
import { Crew } from './crew.ts'
import { Departure } from './departure.ts'
import { Desk } from './desk.ts'
import type { RouteParts } from './desk-routes.ts'
import { describeExit, describeKill, type ProcessExit } from './exit-reason.ts'
import { Helm } from './helm.ts'
import { Ledger } from './ledger.ts'
import type { MasterLogs } from './log-files.ts'
import { inLoop, type MasterEvent } from './master-event.ts'
import type { MasterOptions } from './master-options.ts'
import { ServiceManager } from './notify.ts'
import { type Action, nextWake, plan } from './plan.ts'
import { Pool, type WorkerRecord } from './pool.ts'
import { ReportIntake } from './report-intake.ts'
import { poolLimitsOf } from './settings.ts'
import { wordsOf } from './stack.ts'
import { Upgrades } from './upgrade.ts'

const TICK_MS = 1000
/** Failures of one slot in a row that end the server under --fail-fast. */
const FAIL_FAST_AFTER = 5
/** A tick this late means that the master itself was stopped; then nobody's silence counts. Below the shortest --worker-timeout. */
const PAUSE_MS = 500

export class MasterLoop {
  readonly #options: MasterOptions
  readonly #pool: Pool
  readonly #crew: Crew
  readonly #aims: Aims
  readonly #upgrades: Upgrades
  readonly #chronicle: Chronicle
  readonly #manager: ServiceManager
  readonly #helm: Helm
  readonly #ledger = new Ledger()
  readonly #desk: Desk
  readonly #census: Census
  readonly #balance: Balance
  readonly #reports: ReportIntake
  #failure: ConfigMistake | undefined
  #timer: NodeJS.Timeout | undefined
  #tickAt = Infinity

  constructor(options: MasterOptions) {
    this.#options = options
    this.#aims = new Aims(options.config, options.workers)
    this.#pool = new Pool(poolLimitsOf(options.config), Math.random)
    this.#crew = new Crew({
      ...options,
      onReport: (id, report) => options.inbox.put({ type: 'report', id, report }),
      onMisfit: (id, what) => options.inbox.put({ type: 'misfit', id, what }),
      onExit: (id, exit) => options.inbox.put({ type: 'exit', id, exit }),
    })
    this.#census = new Census(this.#pool, this.#crew)
    this.#upgrades = new Upgrades({
      ...options,
      onUpgraded: upgrade => options.inbox.put({ type: 'upgraded', upgrade }),
      onUpgradeFailed: (upgrade, reason) => options.inbox.put({ type: 'upgradeFailed', upgrade, reason }),
    })
    this.#chronicle = new Chronicle(options.logs.log)
    this.#manager = ServiceManager.ofThisProcess(options.logs.log)
    const { log } = options.logs
    const [aims, pool, crew, upgrades] = [this.#aims, this.#pool, this.#crew, this.#upgrades]
    this.#balance = balanceOf({ pool, crew, ledger: this.#ledger, aims, log })
    this.#reports = this.#reportIntake()
    const parts = { ...options, aims, pool, crew, upgrades, chronicle: this.#chronicle, manager: this.#manager }
    this.#helm = new Helm({
      ...parts,
      departure: new Departure({ ...parts, balance: this.#balance }),
      onHandedOver: () => this.#handedOver(),
    })
    this.#desk = new Desk({ ...options, parts: this.#routeParts() })
  }

  /** Resolves when the last worker is gone. Rejects with the ConfigMistake that stopped the start. */
  async run(): Promise<void> {
    if (!this.#options.isTakingOver) await this.#desk.open()
    try {
      await this.#turn()
    } finally {
      await this.#desk.close()
    }
  }

  async #turn(): Promise<void> {
    this.#balance.open(this.#options.listeners)
    this.#step(performance.now())
    while (this.#aims.phase !== 'stopping' || this.#pool.records.length > 0) {
      const event = await this.#options.inbox.take()
      const now = performance.now()
      this.#notePause(now)
      this.#apply(event, now)
      if (this.#aims.phase === 'stopping') this.#stopListening()
      this.#step(now)
    }
    clearTimeout(this.#timer)
    await this.#manager.told
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Before the workers: when the last of them closes a socket, it has to be the last one who has it. */
  #stopListening(): void {
    this.#balance.close()
    this.#crew.stopListening()
    this.#options.onStopping()
  }

  #step(now: number): void {
    this.#noteProgress()
    for (;;) {
      const actions = plan(this.#pool, this.#aims.wish, now)
      if (actions.length === 0) break
      for (const action of actions) this.#perform(action, now)
    }
    const serving = this.#pool.records.filter(worker => worker.state === 'serving').length
    this.#manager.look(serving, this.#aims.wish.workers, this.#aims.generation)
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
        this.#chronicle.spawns++
        this.#pool.apply({ type: 'spawned', ...this.#crew.spawn(slot), slot, generation, at: now })
        return
      }
      case 'drain':
        this.#crew.drain(action.id, this.#aims.isEnd)
        this.#pool.apply({ type: 'drain', id: action.id, at: now })
        return
      case 'kill': {
        const worker = this.#pool.record(action.id)
        if (worker !== undefined) this.#kill(worker, describeKill(worker, this.#aims.config, this.#aims.isHurried), now)
      }
    }
  }

  /** It has sent what no worker of ours sends: nobody knows what else it does. */
  #expel(id: number, what: string, at: number): void {
    const before = this.#pool.record(id)
    if (before !== undefined && before.state !== 'killed') this.#kill(before, `sent ${what}`, at)
  }

  #kill(before: WorkerRecord, reason: string, now: number): void {
    const { id } = before
    this.#crew.kill(id)
    this.#pool.apply({ type: 'kill', id, at: now })
    this.#chronicle.killed(before, reason)
    this.#noteDeath(before, reason)
  }

  #apply(event: MasterEvent, at: number): void {
    switch (event.type) {
      case 'report':
        this.#reports.take(event.id, event.report, at)
        break
      case 'misfit':
        this.#expel(event.id, event.what, at)
        break
      case 'exit':
        this.#applyExit(event.id, event.exit, at)
        break
      case 'signal':
        this.#helm.signal(event.signal, at)
        break
      case 'upgraded':
        this.#helm.upgraded(event.upgrade)
        break
      case 'upgradeFailed':
        this.#upgrades.fail(event.upgrade, event.reason)
        break
      case 'reread':
        this.#helm.renew(event.config)
        break
      case 'unreadable':
        this.#helm.reloadEnds(event.mistake)
        break
      case 'call':
        event.call(at)
        break
      case 'changed':
        this.#log.info(`"${event.path}" has changed`)
        this.#helm.reload()
        break
      case 'tick':
    }
  }

  #reportIntake(): ReportIntake {
    return new ReportIntake({
      pool: this.#pool,
      ledger: this.#ledger,
      balance: this.#balance,
      census: this.#census,
      chronicle: this.#chronicle,
      onLoaded: (files, guess) => this.#options.onLoaded(files, guess),
      onFailed: mistake => this.#failed(mistake),
      onRoom: id => this.#aims.phase !== 'stopping' && this.#crew.resume(id),
      onMisfit: (id, what, at) => this.#expel(id, what, at),
    })
  }

  #handedOver(): void {
    this.#options.onHandedOver()
    void this.#desk.close()
  }

  #failed(mistake: ConfigMistake): void {
    if (this.#aims.isBooting) this.#stopStart(mistake)
    else this.#log.error(mistake.message, mistake.cause)
  }

  /** Whatever has happened, a worker ready, a worker gone or fewer wanted: it may be what a start or a reload waited for. */
  #noteProgress(): void {
    const serving = this.#pool.records.filter(worker => worker.state === 'serving').length
    if (this.#aims.phase === 'first' && serving > 0) this.#aims.phase = 'rest'
    if (this.#aims.phase === 'rest' && serving >= this.#aims.workers) this.#begin()
    if (this.#aims.endsRollout(this.#pool.records)) this.#helm.reloadEnds()
  }

  #begin(): void {
    const stolen = stolenSocket(this.#options.listeners)
    if (stolen !== undefined) this.#stopStart(stolen)
    if (stolen !== undefined) return
    this.#aims.phase = 'serving'
    this.#manager.ready()
    this.#options.onServing()
    if (this.#options.isTakingOver) this.#desk.open().catch(error => this.#log.error(wordsOf(error)))
  }

  #applyExit(id: number, exit: ProcessExit, at: number): void {
    const before = this.#pool.record(id)
    this.#crew.forget(id)
    this.#ledger.forget(id)
    this.#balance.forget(id)
    this.#pool.apply({ type: 'exit', id, at })
    if (before === undefined) return
    if (this.#failure === undefined) this.#chronicle.ended(before, exit, this.#aims.generation, this.#aims.isBooting)
    this.#noteDeath(before, describeExit(before, exit))
  }

  /** `before`: the worker as it was; one that was told to leave, or killed, before it was ready has been judged already. */
  #noteDeath(before: WorkerRecord, reason: string): void {
    if (before.state === 'starting' && this.#aims.isBooting)
      this.#stopStart(new ConfigMistake(`Cannot start: ${nameOf(before)} ${reason}`, EXIT.boot))
    this.#noteFailures(before.slot)
    if (this.#aims.stopsRollout(before, this.#pool.records))
      this.#helm.reloadEnds(new ConfigMistake('the new code does not start'))
  }

  #noteFailures(slot: number): void {
    const isHopeless = this.#pool.failures(slot) >= FAIL_FAST_AFTER
    if (!this.#aims.config.failFast || this.#aims.phase !== 'serving' || !isHopeless) return
    const reason = `a worker failed ${FAIL_FAST_AFTER} times in a row, and --fail-fast is on`
    this.#stopStart(new ConfigMistake(`Cannot go on: ${reason}`, EXIT.boot))
  }

  #routeParts(): RouteParts {
    const { inbox, listeners, version } = this.#options
    return {
      version,
      listeners,
      aims: this.#aims,
      pool: this.#pool,
      crew: this.#crew,
      chronicle: this.#chronicle,
      ledger: this.#ledger,
      helm: this.#helm,
      inLoop: change => inLoop(inbox, change),
      census: this.#census,
    }
  }

  #stopStart(mistake: ConfigMistake): void {
    this.#failure ??= mistake
    this.#aims.phase = 'stopping'
  }

  get #log(): MasterLogs['log'] {
    return this.#options.logs.log
  }
}
