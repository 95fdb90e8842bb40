// The life of the master. Signals, exits, messages and timers go into one eventQueue; for each of them the same three things are
// done: the pool takes it in, a plan is made, the plan is performed.

import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import { type Action, nextWake, plan } from '../../pool/plan.ts'
import { Pool, type WorkerRecord } from '../../pool/pool.ts'
import { AdminServer } from '../admin/admin-server.ts'
import type { RouteParts } from '../admin/routes.ts'
import { WorkerQueries } from '../admin/worker-queries.ts'
import { type Balance, balanceOf } from '../balance/balance.ts'
import { WorkerProcesses } from '../processes/worker-processes.ts'
import { stolenSocket } from '../sockets/bind.ts'
import { poolLimitsOf } from '../state/config-mapping.ts'
import { DesiredState } from '../state/desired-state.ts'
import { describeExit, describeKill, type ProcessExit } from '../state/exit-reason.ts'
import { MetricsTotals } from '../state/totals.ts'
import { nameOf, WorkerHistory } from '../state/worker-history.ts'
import { messageOf } from '../system/error-text.ts'
import type { MasterLogs } from '../system/log-files.ts'
import { ServiceManager } from '../system/sd-notify.ts'
import { Commands } from './commands.ts'
import { LateBinding } from './late-binding.ts'
import { inLoop, type MasterEvent } from './master-event.ts'
import type { MasterOptions } from './master-options.ts'
import { ReportHandler } from './report-handler.ts'
import { StopSequence } from './stop-sequence.ts'
import { Upgrades } from './upgrade.ts'
import { WorkerPlaces } from './worker-places.ts'

const TICK_MS = 1000
/** Failures of one slot in a row that end the server under --fail-fast. */
const FAIL_FAST_AFTER = 5
/** A tick this late means that the master itself was stopped; then missing heartbeats do not count. Below the shortest --worker-timeout. */
const PAUSE_MS = 500

export class MasterLoop {
  readonly #options: MasterOptions
  readonly #pool: Pool
  readonly #processes: WorkerProcesses
  readonly #desired: DesiredState
  readonly #upgrades: Upgrades
  readonly #history: WorkerHistory
  readonly #manager: ServiceManager
  readonly #commands: Commands
  readonly #totals = new MetricsTotals()
  readonly #adminServer: AdminServer
  readonly #queries: WorkerQueries
  readonly #balance: Balance
  readonly #reports: ReportHandler
  readonly #places: WorkerPlaces
  #failure: ConfigError | undefined
  #timer: NodeJS.Timeout | undefined
  #tickAt = Infinity

  constructor(options: MasterOptions) {
    this.#options = options
    this.#desired = new DesiredState(options.config, options.workers, options.handed !== undefined)
    this.#pool = new Pool(poolLimitsOf(options.config), Math.random)
    this.#processes = new WorkerProcesses({
      ...options,
      onReport: (id, report) => options.eventQueue.put({ type: 'report', id, report }),
      onInvalidReport: (id, what) => options.eventQueue.put({ type: 'invalidReport', id, what }),
      onExit: (id, exit) => options.eventQueue.put({ type: 'exit', id, exit }),
    })
    this.#queries = new WorkerQueries(this.#pool, this.#processes)
    this.#upgrades = new Upgrades({
      ...{ ...options, shared: this.#processes.shared },
      onUpgraded: upgrade => options.eventQueue.put({ type: 'upgraded', upgrade }),
      onUpgradeFailed: (upgrade, reason) => options.eventQueue.put({ type: 'upgradeFailed', upgrade, reason }),
    })
    this.#history = new WorkerHistory(options.logs.log)
    this.#manager = ServiceManager.ofThisProcess(options.logs.log)
    const [desired, pool, processes, upgrades] = [this.#desired, this.#pool, this.#processes, this.#upgrades]
    this.#places = new WorkerPlaces({ ...options, desired, pool, processes, log: this.#log })
    this.#balance = balanceOf({ pool, processes, totals: this.#totals, desired, log: this.#log })
    this.#reports = this.#reportHandler()
    const parts = { ...options, desired, pool, processes, upgrades, history: this.#history, manager: this.#manager }
    this.#commands = new Commands({
      ...parts,
      stopSequence: new StopSequence({ ...parts, balance: this.#balance }),
      onHandedOver: () => this.#handedOver(),
    })
    const inThisLoop: RouteParts['inLoop'] = change => inLoop(options.eventQueue, change)
    const [totals, queries, commands] = [this.#totals, this.#queries, this.#commands]
    const adminParts = { ...parts, totals, places: this.#places, queries, commands, inLoop: inThisLoop }
    this.#adminServer = new AdminServer({ ...options, parts: adminParts })
  }

  /** Resolves when the last worker is gone. Rejects with the ConfigError that stopped the start. */
  async run(): Promise<void> {
    if (this.#options.handed === undefined) await this.#adminServer.open()
    try {
      await this.#turn()
    } finally {
      await this.#adminServer.close()
    }
  }

  async #turn(): Promise<void> {
    this.#balance.open(this.#options.listeners)
    this.#step(performance.now())
    while (this.#desired.phase !== 'stopping' || this.#pool.records.length > 0) {
      const event = await this.#options.eventQueue.take()
      const now = performance.now()
      this.#notePause(now)
      this.#apply(event, now)
      if (this.#desired.phase === 'stopping') this.#stopListening()
      this.#step(now)
    }
    clearTimeout(this.#timer)
    await this.#manager.told
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Before the workers: when the last of them closes a socket, it has to be the last one who has it. */
  #stopListening(): void {
    this.#balance.close()
    this.#processes.stopListening()
    this.#options.onStopping()
  }

  #step(now: number): void {
    this.#noteProgress()
    for (;;) {
      const actions = plan(this.#pool, this.#desired.target, now)
      if (actions.length === 0) break
      for (const action of actions) this.#perform(action, now)
    }
    this.#places.look()
    this.#manager.look(this.#serving, this.#desired.target.workers, this.#desired.generation)
    const wakeAt = nextWake(this.#pool, this.#desired.target, now)
    this.#tickAt = Math.min(now + TICK_MS, wakeAt)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#options.eventQueue.put({ type: 'tick' }), Math.ceil(this.#tickAt - now))
  }

  #notePause(now: number): void {
    const late = now - this.#tickAt
    if (late > PAUSE_MS) this.#pool.apply({ type: 'paused', ms: late })
  }

  #perform(action: Action, now: number): void {
    switch (action.do) {
      case 'spawn': {
        const { slot, generation } = action
        this.#history.spawns++
        const started = this.#processes.spawn(slot, generation, this.#desired)
        this.#pool.apply({ type: 'spawned', ...started, slot, generation, at: now })
        return
      }
      case 'drain':
        this.#processes.drain(action.id, this.#desired.isEnd)
        if (this.#pool.record(action.id)?.state === 'starting') this.#processes.endLoading(action.id)
        this.#pool.apply({ type: 'drain', id: action.id, at: now })
        return
      case 'kill': {
        const worker = this.#pool.record(action.id)
        if (worker !== undefined)
          this.#kill(worker, describeKill(worker, this.#desired.config, this.#desired.isHurried), now)
      }
    }
  }

  /** It has sent what no worker of ours sends, so it cannot be trusted any further. */
  #killUntrusted(id: number, what: string, at: number): void {
    const before = this.#pool.record(id)
    if (before !== undefined && before.state !== 'killed') this.#kill(before, `sent ${what}`, at)
  }

  #kill(before: WorkerRecord, reason: string, now: number): void {
    const { id } = before
    this.#processes.kill(id)
    this.#pool.apply({ type: 'kill', id, at: now })
    this.#history.killed(before, reason)
    this.#noteDeath(before, reason)
  }

  #apply(event: MasterEvent, at: number): void {
    switch (event.type) {
      case 'report':
        this.#reports.take(event.id, event.report, at)
        break
      case 'invalidReport':
        this.#killUntrusted(event.id, event.what, at)
        break
      case 'exit':
        this.#applyExit(event.id, event.exit, at)
        break
      case 'signal':
        this.#commands.signal(event.signal, at)
        break
      case 'upgraded':
        this.#commands.upgraded(event.upgrade)
        break
      case 'upgradeFailed':
        this.#commands.upgradeFailed(event.upgrade, event.reason)
        break
      case 'reread':
        this.#commands.renew(event.config)
        break
      case 'unreadable':
        this.#commands.reloadEnds(event.error)
        break
      case 'call':
        event.call(at)
        break
      case 'changed':
        this.#log.info(`"${event.path}" has changed`)
        this.#commands.reload()
        break
      case 'tick':
    }
  }

  #reportHandler(): ReportHandler {
    const onFailed = (error: ConfigError): void => this.#failed(error)
    const late = new LateBinding({ ...this.#options, processes: this.#processes, balance: this.#balance, onFailed })
    return new ReportHandler({
      ...{ pool: this.#pool, totals: this.#totals, balance: this.#balance },
      ...{ queries: this.#queries, history: this.#history, places: this.#places },
      onLoaded: (files, guess, notice) => this.#options.onLoaded(files, guess, notice),
      ...{ onFailed, onAsks: late.take.bind(late) },
      onShares: (id, number, place) => this.#processes.share(id, number, place),
      onRoom: id => this.#desired.phase !== 'stopping' && this.#processes.resume(id),
      onInvalidReport: (id, what, at) => this.#killUntrusted(id, what, at),
    })
  }

  #handedOver(): void {
    this.#options.onHandedOver()
    void this.#adminServer.close()
  }

  #failed(error: ConfigError): void {
    if (this.#desired.isBooting) this.#stopStart(error)
    else this.#log.error(error.message, error.cause)
  }

  /** Whatever has happened, a worker ready, a worker gone or fewer wanted: it may be what a start or a reload waited for. */
  #noteProgress(): void {
    if (this.#desired.phase === 'first' && this.#serving > 0) this.#desired.enter('firstReady')
    if (this.#desired.phase === 'rest' && this.#serving >= this.#desired.workers) this.#begin()
    if (this.#desired.endsRollout(this.#pool.records)) this.#commands.reloadEnds()
  }

  #begin(): void {
    const stolen = stolenSocket(this.#options.listeners)
    if (stolen !== undefined) {
      this.#stopStart(stolen)
      return
    }
    this.#desired.enter('allReady')
    this.#manager.ready()
    this.#options.onServing()
    this.#commands.shareSockets(false)
    if (this.#options.handed !== undefined) this.#adminServer.open().catch(error => this.#log.error(messageOf(error)))
  }

  #applyExit(id: number, exit: ProcessExit, at: number): void {
    const before = this.#pool.record(id)
    this.#processes.forget(id)
    this.#totals.forget(id)
    this.#balance.forget(id)
    this.#pool.apply({ type: 'exit', id, at })
    if (before === undefined) return
    if (this.#failure === undefined) this.#history.ended(before, exit, this.#desired.generation, this.#desired.phase)
    this.#noteDeath(before, describeExit(before, exit))
  }

  /** `before`: the worker as it was; one that was told to leave, or killed, before it was ready has been judged already. */
  #noteDeath(before: WorkerRecord, reason: string): void {
    if (before.state === 'starting' && this.#desired.isBooting)
      this.#stopStart(new ConfigError(`Cannot start: ${nameOf(before)} ${reason}`, EXIT.boot))
    this.#noteFailures(before.slot)
    if (this.#desired.stopsRollout(before, this.#pool.records))
      this.#commands.reloadEnds(new ConfigError('the new code does not start'))
    else this.#commands.noteDeath(before)
  }

  #noteFailures(slot: number): void {
    const isHopeless = this.#pool.failures(slot) >= FAIL_FAST_AFTER
    if (!this.#desired.config.failFast || this.#desired.phase !== 'serving' || !isHopeless) return
    const reason = `a worker failed ${FAIL_FAST_AFTER} times in a row, and --fail-fast is on`
    this.#stopStart(new ConfigError(`Cannot go on: ${reason}`, EXIT.boot))
  }

  #stopStart(error: ConfigError): void {
    this.#failure ??= error
    this.#desired.enter('fail')
  }

  get #serving(): number {
    return this.#pool.records.filter(worker => worker.state === 'serving').length
  }

  get #log(): MasterLogs['log'] {
    return this.#options.logs.log
  }
}
