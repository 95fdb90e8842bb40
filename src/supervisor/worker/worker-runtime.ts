// What a worker does, in a process or in a thread: it serves on the descriptors that it inherited, reports what happens to it and
// obeys orders. It leaves when it is told to, and when its master is gone.
import type { Socket } from 'node:net'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import type { Log, LogStyle } from '../../log/log.ts'
import { createLog } from '../../log/stderr-log.ts'
import type { RetireReason } from '../../pool/pool.ts'
import { descriptorRoom } from '../../server/descriptors.ts'
import type { TlsMaterial } from '../../server/tls-files.ts'
import type { MasterChannel, WorkerRole } from '../ipc/channel.ts'
import type { Leaving, Order, StartOrder } from '../ipc/messages.ts'
import { masterAccepts } from '../state/config-mapping.ts'
import type { Lifetime } from '../state/lifetime.ts'
import { ownDescriptorLimit } from '../system/descriptors.ts'
import { detailOf, stackOf } from '../system/error-text.ts'
import { styleOf } from '../system/log-files.ts'
import { type AccessLogWriter, accessLogWriterOf } from './access-log-writer.ts'
import { appMetrics, boundedMetrics } from './app-metrics.ts'
import { AppServer } from './app-server.ts'
import { performEnd, processSteps } from './application-end.ts'
import { AskedSockets } from './asked-sockets.ts'
import { BatchedCounter } from './batched-counter.ts'
import { Heartbeat } from './heartbeat.ts'
import type { HeldSignals } from './held-signals.ts'
import { isInspectorOpen } from './own-inspector.ts'
import { OwnPlace } from './own-place.ts'
import { StderrFile } from './stderr-file.ts'
import { blockedAfter, isSoonBlocked, orphanedAfter, startWatchdog, type Watchdog } from './watchdog.ts'

const HEARTBEAT_MS = 1000
/** Heartbeats in a row above the memory limit. */
const FAT_BEATS = 3
/** Of what is told about a failed start, in characters. */
const LONGEST_DETAIL = 64 * 1024

export class WorkerRuntime implements WorkerRole {
  readonly #channel: MasterChannel
  readonly #signals: HeldSignals
  readonly #stderr = new StderrFile()
  /** Until the configuration comes, that of the defaults. */
  readonly #style: LogStyle = { level: 'info', format: 'text' }
  readonly #log: Log = createLog({ sink: this.#stderr, style: this.#style })
  #start: StartOrder | undefined
  readonly #asked = new AskedSockets(report => this.#channel.report(report))
  #appServer: AppServer | undefined
  #place: OwnPlace | undefined
  #access: AccessLogWriter | undefined
  /** Came after the start. */
  #materials: readonly TlsMaterial[] = []
  readonly #heartbeat = new Heartbeat(HEARTBEAT_MS)
  readonly #ended = new BatchedCounter(connections => this.#channel.report({ type: 'ended', connections }))
  #fatBeats = 0
  #hasComplained = false
  #watchdog: Watchdog | undefined
  #isInspected = false
  #isRetiring = false
  #isLeaving = false

  constructor(channel: MasterChannel, signals: HeldSignals) {
    this.#channel = channel
    this.#signals = signals
  }

  obey(order: Order, handle?: unknown): void {
    switch (order.type) {
      case 'start':
        this.#begin(order)
        return
      case 'listen':
      case 'shared':
        this.#asked.obey(order, handle as object | undefined)
        return
      case 'drain':
        this.#leave(order)
        return
      case 'scale':
        this.#appServer?.scale(order.children)
        return
      case 'connection':
        this.#take(order.listener, handle as Socket | undefined)
        return
      case 'pause':
        this.#appServer?.pause()
        return
      case 'resume':
        if (typeof handle === 'object' && handle !== null) this.#appServer?.resume(order.listener, handle)
        return
      case 'retire':
        this.retire('asked')
        return
      case 'renewTls':
        this.#renewTls(order.materials)
        return
      case 'metrics':
        this.#tellMetrics()
        return
      case 'reopen':
        this.#reopenLogs()
        return
      default:
        this.#hearOfOthers(order)
    }
  }

  #renewTls(materials: readonly TlsMaterial[]): void {
    this.#materials = materials
    this.#appServer?.renewTls(materials)
  }

  #tellMetrics(): void {
    appMetrics().then(
      text => this.#channel.report({ type: 'metrics', text: boundedMetrics(text, this.#log) }),
      error => this.#log.error('Cannot read the metrics of the application', error),
    )
  }

  /** No socket: the client was faster than the master, and is gone already. */
  #take(listener: number, socket: Socket | undefined): void {
    if (socket === undefined || this.#appServer === undefined) this.#ended.add()
    else {
      socket.once('close', () => this.#ended.add())
      this.#appServer.take(listener, socket)
    }
  }

  #reopenLogs(): void {
    this.#access?.reopen()
    const path = this.#start?.config.errorLog
    if (path === undefined) return
    this.#stderr.reopen(path, this.#log)
    this.#appServer?.reopenErrors(path)
  }

  async #serve(order: StartOrder): Promise<void> {
    const { config, listeners, showsLoadErrors, children } = order
    this.#start = order
    Object.assign(this.#style, styleOf(order.config))
    this.#access = accessLogWriterOf(config, order.accessFd, this.#log)
    // Beside the application: both take their time.
    if (order.watchdogFd !== undefined)
      this.#watchdog = startWatchdog({
        fd: order.watchdogFd,
        blockedMs: blockedAfter(config.workerTimeout * 1000),
        orphanedMs: orphanedAfter(config.gracefulTimeout * 1000),
        presentRequests: () => this.#appServer?.presentRequests() ?? [],
      })
    this.#lookForInspector()
    const limit = ownDescriptorLimit()
    // A listening socket can be given back to a process, and not to one of its threads.
    const onRoom = config.threads > 0 ? undefined : (): void => this.#channel.report({ type: 'hasRoom' })
    const appServer = await AppServer.open({
      config,
      listeners,
      log: this.#log,
      access: this.#access,
      showsLoadErrors,
      children,
      shortage: { limit, onRoom: masterAccepts(config) ? undefined : onRoom },
      beforeListening: () => this.#channel.beforeListening(),
      onRetire: () => this.retire('harakiri'),
      ...this.#asked.ways,
      onAppClosing: () => this.retire('closed'),
    })
    this.#appServer = appServer
    appServer.renewTls(this.#materials)
    this.#watchLifetime(appServer, order.lifetime)
    // From 'ready' on the master counts, and the first request may be the one that blocks.
    if (isSoonBlocked(config.workerTimeout * 1000)) await this.#watchdog?.isUp
    this.#watchdog?.beat(this.#isInspected)
    const { files, guess = '', notice } = appServer
    this.#channel.report({ type: 'ready', files, room: descriptorRoom(limit), guess, notice })
    setInterval(() => this.#beatSafely(appServer, order.lifetime), HEARTBEAT_MS).unref()
  }

  #begin(order: StartOrder): void {
    this.#place = new OwnPlace(order.place, this.#log, (content, dropped, sent) =>
      this.#channel.reportLast({ type: 'broadcast', content, dropped }, sent),
    )
    this.#place.enter()
    this.#serve(order).catch(error => this.#fail(error))
  }

  #hearOfOthers(order: Extract<Order, { type: 'place' | 'message' }>): void {
    if (order.type === 'message') {
      this.#place?.hear(order.content)
      return
    }
    this.#place?.move(order)
    this.#channel.report({ type: 'placed', isFirst: this.#place?.isFirst ?? false })
  }

  #lookForInspector(): void {
    const isOpen = isInspectorOpen()
    if (isOpen !== this.#isInspected) this.#channel.report({ type: 'inspected', isOpen })
    this.#isInspected = isOpen
  }

  #watchLifetime(appServer: AppServer, { requests, ageMs }: Lifetime): void {
    if (requests > 0) appServer.afterRequests(requests, () => this.retire('budget'))
    if (ageMs > 0) setTimeout(() => this.retire('age'), ageMs).unref()
  }

  /** What the server does for itself must not end what it does for others. */
  #beatSafely(appServer: AppServer, lifetime: Lifetime): void {
    try {
      this.#beat(appServer, lifetime)
      this.#hasComplained = false
    } catch (error) {
      if (!this.#hasComplained) this.#log.error('Cannot report how this worker is', error)
      this.#hasComplained = true
    }
  }

  #beat(appServer: AppServer, { memoryBytes }: Lifetime): void {
    this.#lookForInspector()
    this.#watchdog?.beat(this.#isInspected)
    appServer.lookAround()
    const vitals = this.#heartbeat.take(appServer.stats)
    this.#channel.report({ type: 'alive', ...vitals })
    // One look may fall into a burst that the garbage collector is about to end.
    this.#fatBeats = memoryBytes > 0 && vitals.memory > memoryBytes ? this.#fatBeats + 1 : 0
    if (this.#fatBeats >= FAT_BEATS) this.retire('memory')
  }

  #fail(error: unknown): void {
    const isConfigError = error instanceof ConfigError
    const exitCode = isConfigError ? error.exitCode : EXIT.boot
    const message = isConfigError ? error.message.slice(0, LONGEST_DETAIL) : 'Cannot start to serve'
    const cause = detailOf(error)
    const detail = cause === undefined ? undefined : stackOf(cause).slice(0, LONGEST_DETAIL)
    this.#channel.reportLast({ type: 'failed', exitCode, message, detail }, () => this.#channel.end(exitCode))
  }

  /** Asks for a replacement, and serves until it is there. */
  retire(reason: RetireReason): void {
    if (this.#isRetiring || this.#isLeaving) return
    this.#isRetiring = true
    this.#channel.report({ type: 'retiring', reason })
  }

  /** TERM or QUIT from the operator: the first asks for a replacement, the second does not wait for it. */
  onStopSignal(): void {
    if (this.#isRetiring || this.#appServer === undefined) this.#leave()
    else this.retire('asked')
  }

  /** The master is gone: shut down. */
  onOrphaned(leaving: Leaving): void {
    this.#leave(leaving)
  }

  onUncaught(error: unknown): void {
    // One request's mistake must not cost the others their answers: they are finished, then somebody else takes over.
    if (this.#appServer === undefined) this.#fail(error)
    else {
      this.#log.error('An error that nothing caught: this worker finishes its requests and is replaced', error)
      this.retire('uncaught')
    }
  }

  #leave({ graceMs = (this.#start?.config.gracefulTimeout ?? 0) * 1000, takesQueue = false }: Leaving = {}): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.#place?.leave()
    const appServer = this.#appServer
    // Still loading: there are no clients yet.
    if (appServer === undefined) {
      this.#channel.end(0)
      return
    }
    const startedAt = performance.now()
    appServer
      .drain(graceMs, takesQueue)
      .then(() => this.#tellEnd(appServer, startedAt + graceMs - performance.now()))
      .catch(error => this.#log.error('Cannot drain', error))
      .finally(() => {
        this.#access?.close()
        this.#reportLast(appServer, () => this.#channel.end(0))
      })
  }

  /** The application may end this process by itself, so the last figures are sent before it is told. */
  async #tellEnd(appServer: AppServer, leftMs: number): Promise<void> {
    await new Promise<void>(resolve => this.#reportLast(appServer, resolve))
    const release = (): void => this.#channel.release()
    const end = { log: this.#log, leftMs: Math.max(0, leftMs), isKilledThen: true, release }
    const asked = this.#place?.endings ?? []
    await performEnd([...asked, ...appServer.endings(processSteps(this.#signals))], end)
  }

  #reportLast(appServer: AppServer, then: () => void): void {
    this.#channel.reportLast({ type: 'alive', ...this.#heartbeat.take(appServer.stats) }, then)
  }
}
