// The worker processes as the master holds them: it starts them, gives them orders, and passes on what they say.
import type { Config } from '../config/config.ts'
import type { BoundListener } from './bind.ts'
import type { Inbox } from './inbox.ts'
import { drawLifetime } from './lifetime.ts'
import type { MasterLogs } from './log-files.ts'
import type { MasterEvent } from './master-event.ts'
import type { InheritedListener, StartOrder } from './messages.ts'
import { isReloading } from './settings.ts'
import { shareOf } from './shares.ts'
import { FIRST_INHERITED_FD, spawnWorker, type WorkerProcess } from './spawn.ts'

export interface CrewOptions {
  readonly config: Config
  /** How many there are at the start. */
  readonly workers: number
  readonly listeners: readonly BoundListener[]
  readonly logs: MasterLogs
  readonly inbox: Inbox<MasterEvent>
  readonly entry?: string
}

export class Crew {
  readonly #options: CrewOptions
  /** What workers that start from now on run with. */
  config: Config
  readonly #processes = new Map<number, WorkerProcess & { readonly slot: number }>()
  #children: number | undefined
  #lastId = 0

  constructor(options: CrewOptions) {
    this.#options = options
    this.config = options.config
    this.#children = options.config.interface === 'perl' ? options.config.workers : undefined
  }

  /** Starts a worker and gives it its first order. */
  spawn(slot: number): { id: number; pid: number | undefined } {
    const { inbox, listeners, logs, entry } = this.#options
    const id = ++this.#lastId
    const accessFds = logs.accessFd === undefined ? [] : [logs.accessFd]
    const worker = spawnWorker({
      ...(entry === undefined ? {} : { entry }),
      stderrFd: logs.stderrFd,
      fds: [...listeners.map(({ fd }) => fd), ...accessFds],
      hasWatchdog: this.#hasWatchdog,
      onReport: report => inbox.put({ type: 'report', id, report }),
      onExit: exit => inbox.put({ type: 'exit', id, exit }),
    })
    this.#processes.set(id, { ...worker, slot })
    worker.order(this.#startOrder(slot))
    return { id, pid: worker.pid }
  }

  drain(id: number): void {
    this.#processes.get(id)?.order({ type: 'drain', graceMs: this.config.gracefulTimeout * 1000 })
  }

  kill(id: number): void {
    this.#processes.get(id)?.kill('SIGKILL')
  }

  forget(id: number): void {
    this.#processes.delete(id)
  }

  /** Changes the number of Perl children of all workers together. */
  scale(children: number): void {
    this.#children = children
    for (const worker of this.#processes.values())
      worker.order({ type: 'scale', children: shareOf(children, this.#options.workers, worker.slot) })
  }

  reopenLogs(): void {
    for (const worker of this.#processes.values()) worker.order({ type: 'reopen' })
  }

  /** Where main threads are: reports will say it. Gives how many were asked. */
  askWatchdogs(): number {
    if (!this.#hasWatchdog) return 0
    for (const worker of this.#processes.values()) worker.askWatchdog()
    return this.#processes.size
  }

  askMetrics(id: number): void {
    this.#processes.get(id)?.order({ type: 'metrics' })
  }

  /** The worker asks for its replacement. */
  retire(id: number): void {
    this.#processes.get(id)?.order({ type: 'retire' })
  }

  /** What a Perl application blocks are its children, and they are looked after elsewhere. */
  get #hasWatchdog(): boolean {
    return this.config.watchdog && this.config.interface !== 'perl'
  }

  #startOrder(slot: number): StartOrder {
    const { listeners, logs, workers } = this.#options
    const { config } = this
    const children = this.#children
    return {
      type: 'start',
      config,
      listeners: listeners.map((listener, i) => inherited(listener, FIRST_INHERITED_FD + i)),
      accessFd: logs.accessFd === undefined ? undefined : FIRST_INHERITED_FD + listeners.length,
      watchdogFd: this.#hasWatchdog
        ? FIRST_INHERITED_FD + listeners.length + (logs.accessFd === undefined ? 0 : 1)
        : undefined,
      lifetime: drawLifetime(config, Math.random),
      children: children === undefined ? undefined : shareOf(children, workers, slot),
      showsLoadErrors: isReloading(config),
    }
  }
}

function inherited({ address, tls }: BoundListener, fd: number): InheritedListener {
  return { address, fd, ...(tls === undefined ? {} : { tls }) }
}
