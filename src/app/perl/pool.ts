// The Perl children of this process: as many as configured, each answering one request at a time; a dead one is replaced, one that
// says that it leaves is replaced before it has gone.
import { randomBytes } from 'node:crypto'
import type { Transport } from '../../transport/transport.ts'
import type { AppContext } from '../handler.ts'
import { PerlChild } from './child.ts'
import { describeStatus, kill, logExit, logUnresponsive, mustEnd, stop } from './child-end.ts'
import { ChildRegistry, type RegisteredChild } from './child-registry.ts'
import { FrameConnection } from './frame-connection.ts'
import { readHandshake } from './handshake.ts'
import { type Job, RequestQueue } from './queue.ts'
import { Retry } from './retry.ts'
import { type WaitStatus, Zygote, type ZygoteOptions } from './zygote.ts'

export interface PoolOptions extends Omit<ZygoteOptions, 'socketPath' | 'token'> {
  readonly children: number
  /** Least time between two forks, once all children have served. */
  readonly spawnIntervalMs: number
  /** Whether the application reads bodies as they come. */
  readonly streamsInput: boolean
  /** How long a child may say nothing while it works; 0: no limit. */
  readonly hangMs: number
  /** Requests that may wait, and for how long. */
  readonly queueLength: number
  readonly queueMs: number
}

/** What becomes of the start. */
export interface PoolEvents {
  /** All children serve, for the first time. */
  onReady(): void
  /** The application does not load, before that. */
  onBroken(message: string): void
  /** The adopted Perl process has ended: no further children can be forked. */
  onOrphaned(): void
}

const TICK_MS = 250
/** Death is told by the zygote; a socket that is still open then is held by something that the child has started. */
const HELD_SOCKET_MS = 100

export class PerlPool {
  readonly #options: PoolOptions
  readonly #context: AppContext
  readonly #events: PoolEvents
  readonly #socketPath: string
  readonly #members = new ChildRegistry()
  readonly #idle: PerlChild[] = []
  readonly #queue: RequestQueue
  readonly #timer: NodeJS.Timeout
  #zygote: Zygote
  /** A new one for each zygote: a late child of one that was killed is none of ours. */
  #token = ''
  #canFork = false
  #target: number
  #forking = 0
  #serial = 0
  #greeted = 0
  readonly #retry = new Retry()
  #lastForkAt = Number.NEGATIVE_INFINITY
  #isReady = false
  #isClosing = false

  constructor(options: PoolOptions, context: AppContext, socketPath: string, events: PoolEvents) {
    this.#options = options
    this.#context = context
    this.#events = events
    this.#socketPath = socketPath
    this.#target = options.children
    this.#queue = new RequestQueue(options.queueLength, options.queueMs)
    this.#zygote = this.#startZygote()
    this.#timer = setInterval(() => this.#tick(performance.now()), TICK_MS)
  }

  /** Answers a request as soon as a child is free. */
  submit(job: Job): void {
    const child = this.#idle.pop()
    if (child === undefined) this.#queue.put(job)
    else child.serve(job.exchange, job.input)
  }

  scale(children: number): void {
    this.#target = Math.max(1, children)
    this.#fill()
    for (let surplus = this.#count() - this.#target; surplus > 0; surplus--) {
      const child = this.#idle.pop() ?? this.#members.working()
      if (child === undefined) break
      this.#members.discount(child.pid)
      child.dismiss()
    }
  }

  /** Replaces every child by a new one; each finishes what it does. */
  renew(): void {
    this.#idle.length = 0
    for (const member of this.#members.all) {
      member.counts = false
      member.child?.dismiss()
    }
    this.#fill()
  }

  tellServing(): void {
    this.#zygote.tellServing()
  }

  /** Errors go to the file at `path` from now on. */
  reopenLog(path: string): void {
    this.#zygote.reopenLog(path)
    for (const { child } of this.#members.all) child?.reopenLog(path)
  }

  /** A child has connected. */
  connected(transport: Transport): void {
    const line = new FrameConnection(transport)
    readHandshake(line, this.#token, {
      onChild: pid => this.#greet(pid, line),
      onTunnel: (pid, request) => this.#members.get(pid)?.child?.openTunnel(line.release(), request),
    })
    line.open()
  }

  /** Lets every child finish what it does, and ends the zygote. Resolves when it is gone, at the latest after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true
    this.#queue.clear()
    for (const { child } of this.#members.all) child?.dismiss()
    this.#endIfEmpty()
    const limit = setTimeout(() => this.#zygote.kill(), graceMs)
    await this.#zygote.gone
    clearTimeout(limit)
    clearInterval(this.#timer)
  }

  // --- children

  #becameIdle(child: PerlChild): void {
    const job = this.#queue.take()
    if (job === undefined) this.#idle.push(child)
    else child.serve(job.exchange, job.input)
  }

  #greet(pid: number, line: FrameConnection): void {
    const member = this.#members.greeted(pid, this.#zygote)
    if (member === undefined) return void line.destroy()
    this.#retry.succeeded()
    this.#greeted++
    const child = new PerlChild(pid, line, this.#context, {
      onIdle: idle => this.#becameIdle(idle),
      onLeaving: leaving => this.#noLonger(leaving),
      onGone: gone => {
        mustEnd(member, this.#options.graceMs, performance.now())
        this.#noLonger(gone)
      },
      onBroken: () => stop(member, performance.now()),
    })
    member.child = child
    child.readFrames()
    if (this.#isClosing) child.dismiss()
    // It may have said already that it leaves.
    else if (child.state === 'idle') this.#becameIdle(child)
    if (!this.#isReady && this.#greeted >= this.#target) {
      this.#isReady = true
      this.#events.onReady()
    }
    this.#fill()
  }

  /** It gets no further request: another one takes its place. */
  #noLonger(child: PerlChild): void {
    const at = this.#idle.indexOf(child)
    if (at >= 0) this.#idle.splice(at, 1)
    const member = this.#members.get(child.pid)
    if (member?.child !== child) return
    member.counts = false
    this.#fill()
  }

  #count(): number {
    return this.#forking + this.#members.workers
  }

  /** Forks what is missing: at the start one alone, then all; later with the pauses that are asked for. */
  #fill(): void {
    if (!this.#canFork || this.#isClosing) return
    const now = performance.now()
    if (!this.#retry.isDue(now)) return
    const target = this.#greeted === 0 ? 1 : this.#target
    while (this.#count() < target) {
      if (this.#isReady && now < this.#lastForkAt + this.#options.spawnIntervalMs) return
      this.#lastForkAt = now
      this.#forking++
      this.#zygote.fork(++this.#serial)
    }
  }

  // --- the zygote

  #startZygote(): Zygote {
    this.#canFork = false
    this.#token = randomBytes(16).toString('hex')
    const zygote: Zygote = new Zygote(
      { ...this.#options, socketPath: this.#socketPath, token: this.#token },
      {
        onReady: () => {
          this.#canFork = true
          this.#fill()
        },
        onBorn: pid => {
          this.#forking--
          this.#members.born(pid, zygote)
        },
        onDead: (pid, status) => this.#dead(pid, status),
        onBroken: message => this.#broken(message),
        onForkFailed: message => {
          this.#forking--
          this.#retry.failed(performance.now())
          this.#context.log.error(`Cannot fork a Perl child: ${message}`)
        },
        onExit: reason => this.#zygoteGone(zygote, reason),
      },
    )
    return zygote
  }

  #broken(message: string): void {
    if (this.#isReady) return void this.#context.log.error(`The application does not load\n${message}`)
    this.#zygote.tellMistake(message)
    this.#events.onBroken(message)
  }

  #dead(pid: number, status: WaitStatus): void {
    const member = this.#members.died(pid)
    if (member === undefined) return
    const { child, counts } = member
    // Its own words, if it had any, came before.
    if (child === undefined) {
      if (!this.#isReady) this.#events.onBroken(`Its Perl process ${describeStatus(status)} before it served`)
      this.#retry.failed(performance.now())
    }
    // Its socket tells in a moment what became of its request.
    setTimeout(
      () => {
        child?.destroy()
        logExit(member, status, this.#context.log)
      },
      child?.state === 'leaving' ? 0 : HELD_SOCKET_MS,
    )
    if (counts) this.#fill()
    this.#endIfEmpty()
  }

  #zygoteGone(zygote: Zygote, reason: string): void {
    if (zygote !== this.#zygote || this.#isClosing) return
    if (!this.#isReady) {
      this.#events.onBroken(`The Perl process ${reason}`)
      return
    }
    if (this.#options.adopted !== undefined) {
      this.#events.onOrphaned()
      return
    }
    this.#context.log.error(`The Perl process that forks the children ${reason}: another one is started`)
    // The end of its children would not be reported. They finish what they do.
    this.#idle.length = 0
    for (const { child } of this.#members.all) child?.dismiss()
    this.#members.clear()
    this.#forking = 0
    this.#zygote = this.#startZygote()
  }

  #endIfEmpty(): void {
    if (this.#isClosing && this.#members.size === 0 && this.#forking === 0) this.#zygote.quit()
  }

  // --- time

  #tick(now: number): void {
    this.#queue.expire(now)
    const { hangMs } = this.#options
    for (const member of this.#members.all) {
      const { child } = member
      if (now >= Math.min(member.killAt, member.endsBy)) kill(member, this.#context.log)
      else if (hangMs > 0 && child?.owesWord && now - child.lastHeardAt > hangMs) this.#giveUp(member, child, now)
    }
    this.#fill()
  }

  #giveUp(member: RegisteredChild, child: PerlChild, now: number): void {
    logUnresponsive(child, this.#options.hangMs, this.#context.log)
    child.giveUp(504)
    stop(member, now)
    this.#fill()
  }
}
