// The worker's end of its watchdog: it starts the thread and beats for it.
import { programPath } from '../system/program-path.ts'

/** What the thread is given. */
export interface WatchdogOrder {
  /** Integers of 32 bits, see BEATS and INSPECTED. */
  readonly signs: SharedArrayBuffer
  /** When the thread was asked for, in milliseconds since 1970. */
  readonly startedAt: number
  /** The thread's own line to the master. */
  readonly fd: number
  /** So long without a beat is blocked; 0: that is not looked for. */
  readonly blockedMs: number
  /** So long without a beat ends the process when its master is gone. */
  readonly orphanedMs: number
}

/** Place of the number of beats: it grows as long as the main thread turns, and is 0 until the worker serves. */
export const BEATS = 0
/** Place of a 1 as long as the inspector of the process is open. */
export const INSPECTED = 1
/** Place of the time of the first beat, in milliseconds since the thread was asked for. */
export const FIRST_BEAT = 2

/** Symbol of the global function that gives the requests in work; the thread calls it through the inspector. */
export const PRESENT_REQUESTS = 'starlight.presentRequests'

/** It needs no more heap than this (MiB); without a bound V8 would reserve for a whole application. */
const HEAP = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 }

export interface Watchdog {
  /** Resolves when the thread looks, or when there will be none. */
  readonly isUp: Promise<void>
  beat(isInspected: boolean): void
}

export interface WatchdogOptions extends Omit<WatchdogOrder, 'signs' | 'startedAt'> {
  presentRequests(): readonly string[]
}

/**
 * Starts the thread. It counts from the first beat on, also when it comes up later, on a busy machine; for that it needs nothing more of the
 * main thread.
 */
export function startWatchdog({ presentRequests, ...given }: WatchdogOptions): Watchdog {
  const signs = new Int32Array(new SharedArrayBuffer(12))
  const startedAt = Date.now()
  const order: WatchdogOrder = { ...given, signs: signs.buffer, startedAt }
  Object.assign(globalThis, { [Symbol.for(PRESENT_REQUESTS)]: presentRequests })
  // Not imported above: a worker without a watchdog starts no threads.
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  const thread = new Worker(programPath('watchdog-thread'), {
    workerData: order,
    resourceLimits: HEAP,
    execArgv: [],
    env: {},
  })
  const isUp = new Promise<void>(resolve => {
    thread.once('message', () => resolve())
    // Without it a worker serves as well.
    thread.on('error', () => resolve())
    thread.once('exit', () => resolve())
  })
  thread.unref()
  return {
    isUp,
    beat: isInspected => {
      Atomics.store(signs, INSPECTED, isInspected ? 1 : 0)
      if (Atomics.load(signs, BEATS) === 0) Atomics.store(signs, FIRST_BEAT, Date.now() - startedAt)
      Atomics.add(signs, BEATS, 1)
    },
  }
}

/** Without a master nobody else ends a blocked worker: it has the time that requests have at the end, and two beats. */
export function orphanedAfter(graceMs: number): number {
  return graceMs + 2000
}

/** Whether the thread may come up too late to speak, on a busy machine: then a worker waits for it before it serves. */
export function isSoonBlocked(timeoutMs: number): boolean {
  return timeoutMs < 15_000
}

/** When the watchdog speaks: before the master, which kills after `timeoutMs`. */
export function blockedAfter(timeoutMs: number): number {
  return timeoutMs - Math.min(2000, timeoutMs / 2)
}
