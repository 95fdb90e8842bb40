// A worker process whose work is done by threads (--threads): to the master it is one worker, to each thread it is the master.
import type { Socket } from 'node:net'
import type { MessagePort, Worker } from 'node:worker_threads'
import { EXIT } from '../../config/exit-codes.ts'
import type { LogStyle } from '../../log/log.ts'
import { createLog } from '../../log/stderr-log.ts'
import type { RetireReason } from '../../pool/pool.ts'
import { LeastConnections } from '../balance/least-connections.ts'
import type { MasterChannel, WorkerRole } from '../ipc/channel.ts'
import { Gather } from '../ipc/gather.ts'
import { mergedFamilies } from '../ipc/merge-metrics.ts'
import type { Leaving, Order, Place, Report, StartOrder } from '../ipc/messages.ts'
import type { WorkerStats } from '../state/worker-report.ts'
import { styleOf } from '../system/log-files.ts'
import { programPath } from '../system/program-path.ts'
import { boundedMetrics } from './app-metrics.ts'
import { endPointsOf, relay } from './relay.ts'
import { StderrFile } from './stderr-file.ts'
import { sumOfVitals } from './sum-of-vitals.ts'
import { ENDED, leaveLoading, type ThreadOrder, type ThreadPort } from './thread-port.ts'

interface Thread {
  readonly number: number
  readonly worker: Worker
  /** Orders go and reports come here; the application does not know it. */
  readonly port: MessagePort
  readonly stage: SharedArrayBuffer
  isReady: boolean
  heardAt: number
  vitals: WorkerStats | undefined
}

const HEARTBEAT_MS = 1000
/** A beat this late says nothing about the threads. */
const PAUSED_MS = 500
const METRICS_MS = 500
const ENTRY = programPath('thread')

export class ThreadPool implements WorkerRole {
  readonly #channel: MasterChannel
  readonly #stderr = new StderrFile()
  /** Until the configuration comes, that of the defaults. */
  readonly #style: LogStyle = { level: 'info', format: 'text' }
  readonly #log = createLog({ sink: this.#stderr, style: this.#style })
  readonly #threads = new Map<number, Thread>()
  readonly #files = new Set<string>()
  /** What threads that are gone have done. */
  readonly #past: WorkerStats[] = []
  readonly #turns = new LeastConnections()
  #start: StartOrder | undefined
  #metrics: Gather<string> | undefined
  #isRetiring = false
  #isLeaving = false
  #beatDueAt = 0

  constructor(channel: MasterChannel) {
    this.#channel = channel
  }

  obey(order: Order, handle?: unknown): void {
    switch (order.type) {
      case 'connection':
        this.#give(order, handle as Socket | undefined)
        return
      case 'start':
        this.#begin(order)
        return
      case 'drain':
        this.#leave(order)
        return
      case 'retire':
        this.retire('asked')
        return
      case 'metrics':
        void this.#tellMetrics()
        return
      case 'place':
        this.#tellPlace(order)
        return
      case 'reopen': {
        const { errorLog } = this.#start?.config ?? {}
        if (errorLog !== undefined) this.#stderr.reopen(errorLog, this.#log)
        this.#tellAll(order)
        return
      }
      default:
        this.#tellAll(order)
    }
  }

  onStopSignal(): void {
    if (this.#isRetiring || !this.#isReady) this.#leave()
    else this.retire('asked')
  }

  onOrphaned(leaving: Leaving): void {
    this.#leave(leaving)
  }

  onUncaught(error: unknown): void {
    this.#log.error('An error that nothing caught: this worker finishes its requests and is replaced', error)
    this.retire('uncaught')
  }

  retire(reason: RetireReason): void {
    if (this.#isRetiring) return
    this.#isRetiring = true
    this.#channel.report({ type: 'retiring', reason })
  }

  #begin(order: StartOrder): void {
    this.#start = order
    Object.assign(this.#style, styleOf(order.config))
    const { others, ...first } = order
    const parts = [{}, ...others]
    for (const [number, part] of parts.entries())
      this.#add(number, {
        ...first,
        ...part,
        others: [],
        watchdogFd: undefined,
        place: placeOf(order.place, number, parts.length),
      })
    this.#beatDueAt = performance.now() + HEARTBEAT_MS
    setInterval(() => this.#beat(), HEARTBEAT_MS).unref()
  }

  #add(number: number, order: StartOrder): void {
    // Not imported above: this file is part of every worker, and most have no threads.
    const threads = process.getBuiltinModule('node:worker_threads')
    const worker = new threads.Worker(ENTRY)
    const { port1: port, port2: its } = new threads.MessageChannel()
    const stage = new SharedArrayBuffer(4)
    const heardAt = performance.now()
    const thread: Thread = { number, worker, port, stage, isReady: false, heardAt, vitals: undefined }
    this.#threads.set(number, thread)
    port.on('message', report => this.#hear(thread, report as Report))
    worker.on('error', error => this.#log.error(`Thread ${number} cannot go on`, error))
    worker.on('exit', code => {
      // Its last words are there, but no turn of the event loop has brought them.
      for (let last = threads.receiveMessageOnPort(port); last; last = threads.receiveMessageOnPort(port))
        this.#hear(thread, last.message as Report)
      port.close()
      this.#ended(thread, code)
    })
    worker.postMessage({ port: its, stage } satisfies ThreadPort, [its])
    port.postMessage({ order } satisfies ThreadOrder)
  }

  #hear(thread: Thread, report: Report): void {
    thread.heardAt = performance.now()
    switch (report.type) {
      case 'ready':
        thread.isReady = true
        for (const file of report.files) this.#files.add(file)
        if (this.#isReady) this.#channel.report({ ...report, files: [...this.#files] })
        return
      case 'alive':
        thread.vitals = report
        return
      case 'retiring':
        this.retire(report.reason)
        return
      case 'failed':
        if (this.#isLeaving) return
        this.#isLeaving = true
        this.#channel.reportLast(report, () => this.#channel.end(report.exitCode))
        return
      case 'ended':
        this.#turns.ended(thread.number, report.connections)
        this.#channel.report(report)
        return
      case 'placed':
        if (thread.number === 0) this.#channel.report(report)
        return
      case 'broadcast':
        this.#tellAll({ type: 'message', content: report.content }, thread)
        this.#channel.report(report)
        return
      case 'metrics':
        this.#metrics?.put(thread.number, report.text)
    }
  }

  get #isReady(): boolean {
    return [...this.#threads.values()].every(({ isReady }) => isReady)
  }

  #ended(thread: Thread, code: number): void {
    this.#threads.delete(thread.number)
    this.#turns.forget(thread.number)
    if (thread.vitals !== undefined) this.#past.push({ ...thread.vitals, connections: 0, inFlight: 0 })
    if (this.#isLeaving) {
      if (this.#threads.size === 0) this.#channel.reportLast(this.#vitals, () => this.#channel.end(0))
    } else if (!thread.isReady) {
      const message = `Cannot start to serve: a thread ended with code ${code} before it was ready`
      const failed = { type: 'failed', exitCode: EXIT.boot, message, detail: undefined } as const
      this.#channel.reportLast(failed, () => this.#channel.end(EXIT.boot))
    } else {
      this.#log.error(`Thread ${thread.number} ended with code ${code}: the others finish, and the process is replaced`)
      this.retire('uncaught')
    }
  }

  #beat(): void {
    const limitMs = (this.#start?.config.workerTimeout ?? 0) * 1000
    const now = performance.now()
    const lateMs = now - this.#beatDueAt
    this.#beatDueAt = now + HEARTBEAT_MS
    // The whole process was stopped, or this thread was: what the others said meanwhile is still to be heard.
    if (lateMs > PAUSED_MS) for (const thread of this.#threads.values()) thread.heardAt += lateMs
    for (const { isReady, heardAt, number, worker } of this.#threads.values()) {
      if (!isReady || limitMs === 0 || now - heardAt <= limitMs) continue
      this.#log.error(
        `Thread ${number} has not reported for ${limitMs / 1000} s, its event loop is blocked: it is ended`,
      )
      void worker.terminate()
    }
    this.#channel.report(this.#vitals)
  }

  get #vitals(): Report & { type: 'alive' } {
    const living = [...this.#threads.values()].flatMap(({ vitals }) => vitals ?? [])
    return { type: 'alive', ...sumOfVitals(this.#past, living) }
  }

  /** The figures of the threads as those of one worker: each sample says from which thread it is. */
  async #tellMetrics(): Promise<void> {
    this.#metrics = new Gather(this.#threads.size, METRICS_MS)
    this.#tellAll({ type: 'metrics' })
    const text = boundedMetrics(mergedFamilies(await this.#metrics.done, 'thread'), this.#log)
    this.#channel.report({ type: 'metrics', text })
  }

  #leave({ graceMs = (this.#start?.config.gracefulTimeout ?? 0) * 1000, takesQueue = false }: Leaving = {}): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    if (this.#threads.size === 0) this.#channel.end(0)
    // What a thread loads may let no order through.
    for (const { worker, stage } of this.#threads.values()) if (leaveLoading(stage, ENDED)) void worker.terminate()
    this.#tellAll({ type: 'drain', graceMs, takesQueue })
  }

  /** To the thread that has the fewest connections. Without a socket the client was gone before it came here. */
  #give(order: Order & { type: 'connection' }, socket: Socket | undefined): void {
    const number = this.#turns.next([...this.#threads.keys()])
    const thread = number === undefined ? undefined : this.#threads.get(number)
    if (socket === undefined || thread === undefined) {
      socket?.destroy()
      if (number !== undefined) this.#turns.ended(number, 1)
      this.#channel.report({ type: 'ended', connections: 1 })
      return
    }
    const { port1, port2 } = new (process.getBuiltinModule('node:worker_threads').MessageChannel)()
    const connection = { port: port2, ends: endPointsOf(socket) }
    thread.port.postMessage({ order, connection } satisfies ThreadOrder, [port2])
    relay(socket, port1)
  }

  #tellAll(order: Order, except?: Thread): void {
    for (const thread of this.#threads.values())
      if (thread !== except) thread.port.postMessage({ order } satisfies ThreadOrder)
  }

  /** The first of all is a thread; while it is gone, none of this process is. */
  #tellPlace({ count, isFirst }: Pick<Place, 'count' | 'isFirst'>): void {
    const threads = 1 + (this.#start?.others.length ?? 0)
    for (const { number, port } of this.#threads.values())
      port.postMessage({
        order: { type: 'place', count: count * threads, isFirst: isFirst && number === 0 },
      } satisfies ThreadOrder)
    if (!this.#threads.has(0)) this.#channel.report({ type: 'placed', isFirst: false })
  }
}

function placeOf(place: Place, thread: number, threads: number): Place {
  return { ...place, number: (place.number - 1) * threads + thread + 1, count: place.count * threads }
}
