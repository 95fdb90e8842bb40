// Keeps descriptors free. When accept(2) has none left, libuv closes the connections that wait, without an error
// (uv__emfile_trick). So a server stops earlier: the kernel gives the lowest free number to a new connection, so a high number
// says that nearly all are in use, for whatever they are used.
import { closeSync, openSync, readFileSync } from 'node:fs'
import type { Log } from '../log/log.ts'
import { platform } from '../platform.ts'

/** What a server does when it is short of descriptors. */
export interface Shortage {
  /** Descriptors that this process may have (RLIMIT_NOFILE). */
  readonly limit: number
  /**
   * Called when connections can be accepted again: the owner of the sockets then calls `Server.resume`. Absent: the listeners
   * cannot be had back, so they stay, and what they accept is turned away.
   */
  readonly onRoom?: (() => void) | undefined
}

/** Files, pipes and sockets that are no connections have this part of the limit for themselves, within bounds. */
const RESERVED_PART = 1 / 8
const RESERVED_LEAST = 8
const RESERVED_MOST = 128
/** Warnings of one process are at least so far apart. */
const WARN_MS = 60_000

/** The lowest number that no connection gets. */
export function firstReserved(limit: number): number {
  return limit - Math.min(RESERVED_MOST, Math.max(RESERVED_LEAST, Math.floor(limit * RESERVED_PART)))
}

export class DescriptorGuard {
  readonly #limit: number
  readonly #first: number
  readonly #onRoom: (() => void) | undefined
  readonly #log: Log
  readonly #stop: () => void
  readonly #areFree: (count: number) => boolean
  #isShort = false
  /** With so many connections there is room again. */
  #enough = 0
  #warnedAt = -Infinity

  /** `stop`: accepts no more. `areFree`: whether so many descriptors can be had. */
  constructor(
    { limit, onRoom }: Shortage,
    log: Log,
    stop: () => void,
    areFree: (count: number) => boolean = count => tableSize() + count <= limit || haveDescriptors(count),
  ) {
    this.#limit = limit
    this.#first = firstReserved(limit)
    this.#onRoom = onRoom
    this.#log = log
    this.#stop = stop
    this.#areFree = areFree
  }

  /** A connection was accepted with this number, besides `others`. False: it has to be turned away. */
  accepted(fd: number, others: number): boolean {
    if (fd < this.#first) return true
    this.#begin(others)
    return this.#onRoom !== undefined
  }

  /** The same where nobody tells the number of the connection: the next descriptor's is about as high. */
  acceptedUnseen(others: number): boolean {
    return this.accepted(nextDescriptor(this.#limit), others)
  }

  /** One of the connections is closed, and so many are left. */
  closed(left: number): void {
    if (this.#isShort && left <= this.#enough) this.#end()
  }

  /** To be called once a second: the application may use descriptors, and give them back, without a connection. */
  look(connections: number): void {
    // Low numbers may be free although the high ones are all in use: what is needed is tried.
    if (!this.#areFree(this.#limit - this.#first)) this.#begin(connections)
    // Asked again each second: the answer may have been lost for want of a descriptor.
    else if (this.#isShort) this.#end()
  }

  #begin(connections: number): void {
    if (this.#isShort) return
    this.#isShort = true
    this.#enough = connections - Math.ceil(connections / 16)
    if (this.#onRoom !== undefined) this.#stop()
    const now = performance.now()
    if (now - this.#warnedAt < WARN_MS) return
    this.#warnedAt = now
    const what = this.#onRoom === undefined ? 'new connections are turned away' : 'accepts no more connections'
    this.#log.warn(
      `Out of file descriptors (${this.#limit} at most): ${what} until some are closed, ${connections} are open; raise the limit (ulimit -n, LimitNOFILE=)`,
    )
  }

  #end(): void {
    if (this.#onRoom === undefined) this.#isShort = false
    else this.#onRoom()
  }

  /** The listeners accept again. */
  resumed(): void {
    this.#isShort = false
  }
}

/** RLIMIT_NOFILE of this process, as proc(5) tells it; elsewhere what `ask` says; Infinity when it is unknown. */
export function descriptorLimit(
  ask: () => string | undefined = () => undefined,
  read: () => string = readLimits,
): number {
  const soft = /^Max open files\s+(\S+)/m.exec(read())?.[1] ?? ask()
  return soft !== undefined && /^\d+$/.test(soft) ? Number(soft) : Infinity
}

/** So many connections more can this process have. */
export function descriptorRoom(limit: number): number {
  return limit === Infinity ? Number.MAX_SAFE_INTEGER : Math.max(0, firstReserved(limit) - nextDescriptor(limit))
}

function readLimits(): string {
  if (!platform.procfs) return ''
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return '' // /proc is hidden
  }
}

/** The number that a new descriptor would get; the limit when there is none. */
function nextDescriptor(limit: number): number {
  const [next = limit] = opened(1)
  return next
}

/**
 * What the table of descriptors has places for, as proc(5) tells it (FDSize): no descriptor has a higher number. It only grows, so a small
 * one spares the trial of descriptors each second. Infinity when it is unknown.
 */
function tableSize(): number {
  if (!platform.procfs) return Infinity
  try {
    return Number(/^FDSize:\s+(\d+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? Infinity)
  } catch {
    return Infinity // /proc is hidden, or there is no descriptor left to read it
  }
}

function haveDescriptors(count: number): boolean {
  return opened(count).length === count
}

/** The numbers of up to so many new descriptors. They are closed again. */
function opened(count: number): number[] {
  const numbers: number[] = []
  try {
    while (numbers.length < count) numbers.push(openSync('/dev/null', 'r'))
  } catch {
    // EMFILE, ENFILE.
  }
  for (const number of numbers) closeSync(number)
  return numbers
}
