// What systemd (or another manager that speaks sd_notify(3)) is told: when the server serves, reloads and stops, how it is, and
// that it lives. Node cannot send the datagrams, so `systemd-notify` does, or Perl where there is none; one after the other.

import { takeVariable } from '../../config/sources/sources.ts'
import type { Log } from '../../log/log.ts'
import { runNotify } from './run-command.ts'

/** Sends assignments such as `READY=1` in one message. */
export type Send = (assignments: readonly string[]) => void

/** Messages leave one after the other. */
interface Queue {
  last: Promise<unknown>
}

/** A state in between is told so often at most. */
const STATUS_MS = 10_000

export class ServiceManager {
  readonly #send: Send
  readonly #queue: Queue
  readonly #watchdogMs: number
  readonly #now: () => number
  #status = ''
  #statusAt = -Infinity
  #aliveAt = -Infinity
  #isMuted = false

  /** `watchdogMs`: half of the period in which a sign of life is awaited; 0 for none. */
  constructor(
    send: Send,
    watchdogMs: number,
    now: () => number = () => performance.now(),
    queue: Queue = { last: Promise.resolve() },
  ) {
    this.#send = send
    this.#queue = queue
    this.#watchdogMs = watchdogMs
    this.#now = now
  }

  /** Resolves when everything was sent. */
  get told(): Promise<unknown> {
    return this.#queue.last
  }

  /** The manager of this process, from its environment; one that is told nothing when there is none. */
  static ofThisProcess(log: Log): ServiceManager {
    const socket = takeVariable('NOTIFY_SOCKET')
    const [usec, pid] = ['WATCHDOG_USEC', 'WATCHDOG_PID'].map(takeVariable)
    const isForUs = pid === undefined || Number(pid) === process.pid
    if (socket === undefined) return new ServiceManager(() => undefined, 0)
    const queue: Queue = { last: Promise.resolve() }
    const send: Send = assignments => {
      const complain = (error: unknown): void => log.warn(`Cannot tell the service manager ${assignments[0]}: ${error}`)
      queue.last = queue.last.then(() => runNotify(socket, assignments)).catch(complain)
    }
    return new ServiceManager(send, isForUs ? Number(usec ?? 0) / 2000 : 0, undefined, queue)
  }

  /** Requests are answered, for the first time or after a reload. */
  ready(): void {
    this.#tell('READY=1', `MAINPID=${process.pid}`)
  }

  /** For Type=notify-reload: systemd wants to know since when, by CLOCK_MONOTONIC. */
  reloading(): void {
    this.#tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
  }

  stopping(): void {
    this.#tell('STOPPING=1')
  }

  /** Another process is the service from now on. */
  handOver(pid: number | undefined): void {
    this.#tell(`MAINPID=${pid}`)
    this.#isMuted = true
  }

  /** To be called again and again: tells how many workers serve when that has changed, and that all is well while any does. */
  look(serving: number, desired: number, generation: number): void {
    const now = this.#now()
    const status = `STATUS=${serving}/${desired} workers ready, generation ${generation}`
    const isCalm = serving === desired || now >= this.#statusAt + STATUS_MS
    if (status !== this.#status && isCalm) {
      this.#status = status
      this.#statusAt = now
      this.#tell(status)
    }
    if (this.#watchdogMs > 0 && serving > 0 && now >= this.#aliveAt + this.#watchdogMs) {
      this.#aliveAt = now
      this.#tell('WATCHDOG=1')
    }
  }

  #tell(...assignments: string[]): void {
    if (!this.#isMuted) this.#send(assignments)
  }
}
