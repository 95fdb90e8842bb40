// The Perl processes of a worker: records of the same pool, kept by the same plan, as workers are. The zygote forks, signals and buries
// them. A child has one place in the pool and one number, which the zygote and the child itself say, too.
import { backoffDelay } from '../../pool/backoff.ts'
import { type Action, plan, type Target } from '../../pool/plan.ts'
import { Pool } from '../../pool/pool.ts'
import { afterDeath, beginRollout, FIRST_ROLLOUT } from '../../pool/rollout.ts'
import type { Transport } from '../../transport/transport.ts'
import type { AppContext } from '../handler.ts'
import { PerlChild } from './child.ts'
import { describeStatus, logExit, logKill, logUnresponsive, type Member } from './child-end.ts'
import { FrameConnection } from './frame-connection.ts'
import { readHandshake } from './handshake.ts'
import { type WaitStatus, Zygote, type ZygoteOptions } from './zygote.ts'

export interface ChildrenOptions extends Omit<ZygoteOptions, 'socketPath'> {
  readonly children: number
  /** Least time between two forks, once all children have served. */
  readonly spawnIntervalMs: number
  /** How long a child may say nothing while it works; 0: no limit. */
  readonly hangMs: number
}

export interface ChildrenEvents {
  /** It is free for the next request. */
  onIdle(child: PerlChild): void
  /** It gets no further request. */
  onLeaving(child: PerlChild): void
  /** All children serve, for the first time. */
  onReady(): void
  /** The application does not load, before that. */
  onBroken(message: string): void
  /** The adopted Perl process has ended: no further children can be forked. */
  onOrphaned(): void
}

/** For a child that was told TERM for what it did; least time for the end of any. */
const STOP_MS = 5000
/** Death is told by the zygote; a socket that is still open then is held by something that the child has started. */
const HELD_SOCKET_MS = 100

export class PerlChildren {
  readonly #options: ChildrenOptions
  readonly #context: AppContext
  readonly #socketPath: string
  readonly #events: ChildrenEvents
  readonly #pool: Pool
  readonly #members = new Map<number, Member>()
  #rollout = FIRST_ROLLOUT
  #workers: number
  #lastNumber = 0
  #zygote: Zygote
  #lostZygotes = 0
  /** none: the first child alone shows whether the application loads. all: every child has served. */
  #served: 'none' | 'some' | 'all' = 'none'
  #isClosing = false

  constructor(options: ChildrenOptions, context: AppContext, socketPath: string, events: ChildrenEvents) {
    this.#options = options
    this.#context = context
    this.#socketPath = socketPath
    this.#events = events
    this.#workers = options.children
    // Whoever has served was sound: what applications do to their process (exit, a crash) is for a client to repeat.
    const limits = { bootMs: 0, heartbeatMs: 0, graceMs: Math.max(STOP_MS, options.graceMs), soundMs: 0 }
    this.#pool = new Pool(limits, Math.random)
    this.#zygote = this.#startZygote()
  }

  scale(children: number): void {
    this.#workers = Math.max(1, children)
    this.#act()
  }

  /** Replaces every child by a new one; each serves until that is ready, and finishes what it does. */
  renew(): void {
    this.#rollout = beginRollout(this.#rollout)
    this.#act()
  }

  tellServing(): void {
    this.#zygote.tellServing()
  }

  reopenLog(path: string): void {
    this.#zygote.reopenLog(path)
    for (const { child } of this.#members.values()) child?.reopenLog(path)
  }

  /** A process has connected. */
  connected(transport: Transport): void {
    const line = new FrameConnection(transport)
    readHandshake(line, this.#zygote.token, {
      onChild: (number, pid) => this.#greet(number, pid, line),
      onTunnel: (number, request) => this.#members.get(number)?.child?.openTunnel(line.release(), request),
    })
    line.open()
  }

  /** What time has brought. */
  tick(now: number): void {
    const { hangMs } = this.#options
    for (const [number, { child, isStopped }] of this.#members) {
      if (hangMs === 0 || isStopped || child?.isExpectedToReport !== true || now - child.lastHeardAt <= hangMs) continue
      logUnresponsive(child, hangMs, this.#context.log)
      child.giveUp(504)
      this.#stop(number)
    }
    this.#act()
  }

  /** Lets every child finish what it does, and ends the zygote. Resolves when it is gone, at the latest after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true
    this.#act()
    const limit = setTimeout(() => this.#zygote.kill(), graceMs)
    await this.#zygote.gone
    clearTimeout(limit)
  }

  // --- the plan

  get #target(): Target {
    const workers = this.#isClosing ? 0 : this.#served === 'none' ? 1 : this.#workers
    const spawnIntervalMs = this.#served === 'all' ? this.#options.spawnIntervalMs : 0
    return { workers, ...this.#rollout, batch: Infinity, spawnIntervalMs }
  }

  #act(): void {
    const now = performance.now()
    const pool = this.#pool
    const retryAt = (slot: number): number => (this.#zygote.canFork ? pool.retryAt(slot) : Infinity)
    const next = (): Action[] =>
      plan({ records: pool.records, lastSpawnAt: pool.lastSpawnAt, retryAt }, this.#target, now)
    for (let actions = next(); actions.length > 0; actions = next()) {
      for (const action of actions) {
        if (action.do === 'spawn') this.#fork(action.slot, action.generation, now)
        else if (action.do === 'drain') this.#drain(action.id)
        else this.#kill(action.id, now)
      }
    }
    if (this.#isClosing && this.#members.size === 0) this.#zygote.quit()
  }

  #fork(slot: number, generation: number, at: number): void {
    const id = ++this.#lastNumber
    this.#members.set(id, { zygote: this.#zygote, child: undefined, isStopped: false, isClosed: false })
    this.#pool.apply({ type: 'spawned', id, pid: undefined, slot, generation, at })
    this.#zygote.fork(id)
  }

  /** It has its time for what it does, for handlers, END blocks and destructors. */
  #drain(id: number, graceMs?: number): void {
    const { state } = this.#pool.record(id) ?? {}
    if (state === undefined || state === 'killed') return
    this.#pool.apply({ type: 'drain', id, at: performance.now(), ...(graceMs === undefined ? {} : { graceMs }) })
    const child = this.#members.get(id)?.child
    if (child === undefined) return
    this.#events.onLeaving(child)
    child.dismiss()
  }

  #kill(id: number, at: number): void {
    const member = this.#members.get(id)!
    this.#pool.apply({ type: 'kill', id, at })
    logKill(member, this.#context.log)
    member.zygote.signal(id, 'KILL')
    // Nobody would tell its end.
    if (member.zygote.isGone) member.child?.destroy()
  }

  /** Asks it to end for what it did. */
  #stop(id: number): void {
    const member = this.#members.get(id)
    if (member === undefined) return
    member.isStopped = true
    member.zygote.signal(id, 'TERM')
    this.#drain(id, STOP_MS)
  }

  // --- children

  #greet(id: number, pid: number, line: FrameConnection): void {
    const member = this.#members.get(id)
    if (member === undefined || member.child !== undefined) return void line.destroy()
    const child = new PerlChild(pid, line, this.#context, {
      onIdle: idle => this.#events.onIdle(idle),
      onLeaving: () => {
        this.#drain(id)
        this.#act()
      },
      onGone: () => this.#closed(id),
      onBroken: () => this.#stop(id),
    })
    member.child = child
    this.#lostZygotes = 0
    const state = this.#pool.apply({ type: 'ready', id, at: performance.now() })?.state
    child.readFrames()
    if (state !== 'serving') child.dismiss()
    // It may have said already that it leaves.
    else if (child.state === 'idle') this.#events.onIdle(child)
    if (this.#served === 'none') this.#served = 'some'
    if (
      this.#served === 'some' &&
      this.#pool.records.filter(record => record.state === 'serving').length >= this.#workers
    ) {
      this.#served = 'all'
      this.#events.onReady()
    }
    this.#act()
  }

  /** Its line is closed: its end may take time, but has begun. */
  #closed(id: number): void {
    const member = this.#members.get(id)
    if (member === undefined) return
    member.isClosed = true
    if (member.zygote.isGone) this.#forget(id)
    else if (!member.isStopped) this.#drain(id)
    this.#act()
  }

  #forget(id: number): Member | undefined {
    const [member, before] = [this.#members.get(id), this.#pool.record(id)]
    if (member === undefined || before === undefined) return undefined
    this.#members.delete(id)
    this.#pool.apply({ type: 'exit', id, at: performance.now() })
    this.#rollout = afterDeath(this.#rollout, before, this.#pool.records)
    if (member.child !== undefined) this.#events.onLeaving(member.child)
    return member
  }

  #dead(id: number, status: WaitStatus): void {
    const isKilled = this.#pool.record(id)?.state === 'killed'
    const member = this.#forget(id)
    if (member === undefined) return
    const { child } = member
    // Its own words, if it had any, came before.
    if (child === undefined) {
      if (this.#served !== 'all') this.#events.onBroken(`Its Perl process ${describeStatus(status)} before it served`)
      this.#act()
      return
    }
    // Its socket tells in a moment what became of its request.
    const tell = (): void => {
      child.destroy()
      logExit(child, status, isKilled || member.isStopped, this.#context.log)
    }
    setTimeout(tell, child.state === 'leaving' ? 0 : HELD_SOCKET_MS)
    this.#act()
  }

  // --- the zygote

  #startZygote(): Zygote {
    const zygote: Zygote = new Zygote(
      { ...this.#options, socketPath: this.#socketPath },
      {
        onReady: () => this.#act(),
        onDead: (id, status) => this.#dead(id, status),
        onBroken: message => this.#broken(message),
        onForkFailed: (id, message) => {
          this.#context.log.error(`Cannot fork a Perl child: ${message}`)
          this.#forget(id)
          this.#act()
        },
        onExit: reason => this.#zygoteGone(zygote, reason),
      },
    )
    return zygote
  }

  #broken(message: string): void {
    if (this.#served === 'all') return void this.#context.log.error(`The application does not load\n${message}`)
    this.#zygote.tellReason(message)
    this.#events.onBroken(message)
  }

  #zygoteGone(zygote: Zygote, reason: string): void {
    if (zygote !== this.#zygote || this.#isClosing) return
    if (this.#served !== 'all') this.#events.onBroken(`The Perl process ${reason}`)
    else if (this.#options.adopted !== undefined) this.#events.onOrphaned()
    else this.#replaceZygote(reason)
  }

  #replaceZygote(reason: string): void {
    this.#context.log.error(`The Perl process that forks the children ${reason}: another one is started`)
    // Children that serve go on until there are new ones. The end of those that start, or have closed their line, nobody would tell.
    this.#rollout = beginRollout(this.#rollout)
    for (const [id, { child, isClosed }] of [...this.#members]) if (child === undefined || isClosed) this.#forget(id)
    const start = (): void => {
      if (!this.#isClosing) this.#zygote = this.#startZygote()
    }
    setTimeout(start, this.#lostZygotes === 0 ? 0 : backoffDelay(this.#lostZygotes - 1, Math.random))
    this.#lostZygotes++
  }
}
