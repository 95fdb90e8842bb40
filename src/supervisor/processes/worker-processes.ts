// The worker processes as the master holds them: it starts them, gives them orders, and passes on what they say.
import type { Socket } from 'node:net'
import type { Config } from '../../config/config.ts'
import type { ListenAddress } from '../../config/listen/address.ts'
import type { WorkingDirectory } from '../../config/sources/working-directory.ts'
import { platform } from '../../platform.ts'
import type { TlsMaterial } from '../../server/tls-files.ts'
import type { AskedPlace, InheritedListener, Place, Report, Share, StartOrder } from '../ipc/messages.ts'
import type { BoundListener, HandedSocket } from '../sockets/bind.ts'
import { sendableHandle } from '../sockets/bound-handle.ts'
import { SharedSockets } from '../sockets/shared-sockets.ts'
import { askedAddress, isReloading, masterAccepts } from '../state/config-mapping.ts'
import type { DesiredState } from '../state/desired-state.ts'
import type { ProcessExit } from '../state/exit-reason.ts'
import { drawLifetime } from '../state/lifetime.ts'
import { shareOf } from '../state/shares.ts'
import type { MasterLogs } from '../system/log-files.ts'
import { inspectArguments } from './inspect.ts'
import { FIRST_INHERITED_FD, spawnWorker, type WorkerProcess } from './spawn.ts'

export interface WorkerProcessesOptions {
  readonly config: Config
  /** How many there are at the start. */
  readonly workers: number
  readonly listeners: readonly BoundListener[]
  /** Gives the keys and certificates of an address as they are served now. */
  readonly certificates: { of(address: ListenAddress): TlsMaterial | undefined }
  readonly logs: MasterLogs
  /** What another master has handed over. */
  readonly handed?: readonly HandedSocket[] | undefined
  readonly entry?: string
  readonly invocation: WorkingDirectory
  /** See MasterOptions. */
  ownsFiles(): boolean
  onReport(id: number, report: Report): void
  /** It has sent what is no report; `what` completes "worker 7 sent ...". */
  onInvalidReport(id: number, what: string): void
  /** Called once for each worker, after its last report. */
  onExit(id: number, exit: ProcessExit): void
}

type Desired = Pick<DesiredState, 'workers' | 'sharesSockets'>

export class WorkerProcesses {
  readonly #options: WorkerProcessesOptions
  /** What workers that start from now on run with. */
  config: Config
  readonly #processes = new Map<number, WorkerProcess & { readonly slot: number }>()
  /** By descriptor. */
  readonly #handles = new Map<number, object>()
  /** Those of the application's further servers. */
  readonly shared: SharedSockets
  #children: number | undefined
  #lastId = 0
  #hasStopped = false

  constructor(options: WorkerProcessesOptions) {
    this.#options = options
    this.config = options.config
    this.shared = new SharedSockets(options.handed ?? [], options.ownsFiles)
    this.#children = options.config.interface === 'perl' ? options.config.workers : undefined
  }

  /** Starts a worker and gives it its first orders. */
  spawn(slot: number, generation: number, desired: Desired): { id: number; pid: number | undefined } {
    const { logs, entry, invocation, onReport, onInvalidReport, onExit } = this.#options
    const id = ++this.#lastId
    const share = [...this.#fdsFor(slot), ...(logs.accessFd === undefined ? [] : [logs.accessFd])]
    const worker = spawnWorker({
      ...(entry === undefined ? {} : { entry }),
      place: invocation,
      nodeArguments: inspectArguments(this.config, slot, id),
      stderrFd: logs.stderrFd,
      // Each thread has descriptors of its own: it closes them when it ends.
      fds: Array.from({ length: this.#threads }, () => share).flat(),
      hasWatchdog: this.#hasWatchdog,
      onReport: report => onReport(id, report),
      onInvalidReport: what => onInvalidReport(id, what),
      onExit: exit => onExit(id, exit),
    })
    this.#processes.set(id, { ...worker, slot })
    const place = { number: slot + 1, count: desired.workers, generation, isFirst: false }
    worker.order(this.#startOrder(slot, place))
    if (desired.sharesSockets) worker.order({ type: 'shareSockets', isShared: true })
    return { id, pid: worker.pid }
  }

  /** `isEnd`: no other worker accepts after it. */
  drain(id: number, isEnd: boolean): void {
    const graceMs = this.config.gracefulTimeout * 1000
    this.#processes.get(id)?.order({ type: 'drain', graceMs, takesQueue: isEnd })
  }

  /** Ends it if it has not begun to listen, even in the middle of loading; a little later it is one request more to leave. */
  endLoading(id: number): void {
    // Without signals that would end it at any moment; the order reaches it when its code lets go of the event loop.
    if (platform.signals) this.#processes.get(id)?.kill('SIGTERM')
  }

  kill(id: number): void {
    this.#processes.get(id)?.kill('SIGKILL')
  }

  forget(id: number): void {
    this.#processes.delete(id)
    // The only worker will have a successor, which asks for the same.
    this.shared.leave(id, this.#processes.size > 0)
  }

  /** Changes the number of Perl children of all workers together. */
  scale(children: number): void {
    this.#children = children
    for (const worker of this.#processes.values())
      worker.order({ type: 'scale', children: shareOf(children, this.#options.workers, worker.slot) })
  }

  /** Those that start from now on get theirs with their first order. */
  renewTls(materials: readonly TlsMaterial[]): void {
    for (const worker of this.#processes.values()) worker.order({ type: 'renewTls', materials })
  }

  /** Whether another master has the listeners as well. */
  shareSockets(isShared: boolean): void {
    for (const worker of this.#processes.values()) worker.order({ type: 'shareSockets', isShared })
    if (!isShared) this.shared.closeUnused()
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

  place(id: number, place: Pick<Place, 'count' | 'isFirst'>): void {
    this.#processes.get(id)?.order({ type: 'place', ...place })
  }

  /** A message of another worker; false when it was dropped. */
  message(id: number, content: Uint8Array): boolean {
    return this.#processes.get(id)?.message(content) ?? true
  }

  askMetrics(id: number): void {
    this.#processes.get(id)?.order({ type: 'metrics' })
  }

  /** The worker asks for its replacement. */
  retire(id: number): void {
    this.#processes.get(id)?.order({ type: 'retire' })
  }

  /** What a Perl application blocks are its children, which are looked after elsewhere; and the inspector reaches no other thread. */
  get #hasWatchdog(): boolean {
    return this.config.watchdog && this.config.interface !== 'perl' && this.config.threads === 0
  }

  get #threads(): number {
    return Math.max(1, this.config.threads)
  }

  #startOrder(slot: number, place: Place): StartOrder {
    const { logs, workers } = this.#options
    const { config } = this
    const fdCount = this.#fdsFor(slot).length + (logs.accessFd === undefined ? 0 : 1)
    const shares = Array.from({ length: this.#threads }, (_, i) =>
      this.#shareFrom(slot, FIRST_INHERITED_FD + i * fdCount),
    )
    const [first = this.#shareFrom(slot, FIRST_INHERITED_FD), ...others] = shares
    const children = this.#children
    return {
      type: 'start',
      config,
      ...first,
      others,
      watchdogFd: this.#hasWatchdog ? FIRST_INHERITED_FD + fdCount : undefined,
      place,
      lifetime: drawLifetime(config, Math.random),
      children: children === undefined ? undefined : shareOf(children, workers, slot),
      showsLoadErrors: isReloading(config),
    }
  }

  #shareFrom(slot: number, firstFd: number): Share {
    const listeners = this.#listenersFor(slot, firstFd)
    const count = this.#fdsFor(slot).length
    return { listeners, accessFd: this.#options.logs.accessFd === undefined ? undefined : firstFd + count }
  }

  /** The sockets are closed here: no further worker can get one. */
  stopListening(): void {
    this.#hasStopped = true
    this.shared.close()
  }

  /** The worker accepts no more for now; its connections stay. */
  pause(id: number): void {
    this.#processes.get(id)?.order({ type: 'pause' })
  }

  resume(id: number): void {
    if (this.#hasStopped) return
    const worker = this.#processes.get(id)
    if (worker === undefined) return
    this.#fdsFor(worker.slot).forEach((fd, listener) => {
      worker.order({ type: 'resume', listener }, this.#handleOf(fd))
    })
  }

  #handleOf(fd: number): object {
    const handle = this.#handles.get(fd) ?? sendableHandle(fd)
    this.#handles.set(fd, handle)
    return handle
  }

  /** Gives it the first listener; where the master accepts, without its socket. */
  listen(id: number, { address, host, fd }: BoundListener): void {
    const tls = this.#options.certificates.of(address)
    const handle = masterAccepts(this.config) ? undefined : this.#handleOf(fd)
    this.#processes.get(id)?.order({ type: 'listen', address, host, tls }, handle)
  }

  /** Gives it the socket of a further server, and tells it why there is none. Without a place: it needs that no more. */
  share(id: number, number: number, place: AskedPlace | undefined): void {
    const user = { worker: id, number }
    const address = place && askedAddress(place)
    if (address === undefined) this.shared.giveUp(user)
    else
      void this.shared.take(user, address, this.config.ipv6).then(({ failure, handle }) => {
        const worker = this.#processes.get(id)
        if (worker === undefined) this.shared.leave(id, this.#processes.size > 0)
        else worker.order({ type: 'shared', number, failure }, handle)
      })
  }

  /** Hands a connection over; `failed` is called when the worker cannot have it. */
  give(id: number, listener: number, socket: Socket, failed: () => void): void {
    const worker = this.#processes.get(id)
    if (worker === undefined) failed()
    else worker.give({ type: 'connection', listener }, socket, failed)
  }

  /** With SO_REUSEPORT every socket has to be served by somebody: they are dealt out to the slots. */
  #fdsFor(slot: number): number[] {
    if (masterAccepts(this.config)) return []
    return this.#options.listeners.flatMap(({ fds }) => dealt(fds, slot, this.#options.workers))
  }

  #listenersFor(slot: number, firstFd: number): InheritedListener[] {
    let fd = firstFd
    return this.#options.listeners.flatMap(({ address, host, fds, isForeign }): InheritedListener[] => {
      const common = { address, host, isForeign, tls: this.#options.certificates.of(address) }
      if (masterAccepts(this.config)) return [{ ...common, fd: undefined }]
      return dealt(fds, slot, this.#options.workers).map(() => ({ ...common, fd: fd++ }))
    })
  }
}

/** One socket is everybody's; of several each slot gets its part. */
function dealt(fds: readonly number[], slot: number, slots: number): readonly number[] {
  return fds.length === 1 ? fds : fds.filter((_, i) => i % slots === slot % slots)
}
