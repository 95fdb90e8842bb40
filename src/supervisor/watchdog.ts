// The worker's end of its watchdog: it starts the thread and beats for it.
import { besides } from './program-path.ts'

/** What the thread is given. */
export interface WatchdogOrder {
  /** One counter of 32 bits: it grows as long as the main thread turns. */
  readonly beats: SharedArrayBuffer
  /** The thread's own line to the master. */
  readonly fd: number
  /** So long without a beat is blocked; 0: that is not looked for. */
  readonly blockedMs: number
}

/** Symbol of the global function that gives the requests in work; the thread calls it through the inspector. */
export const PRESENT_REQUESTS = 'starlight.presentRequests'

/** It needs no more heap than this (MiB); without a bound V8 would reserve for a whole application. */
const HEAP = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 }

/** Starts the thread and gives the function that beats. */
export function startWatchdog(fd: number, blockedMs: number, presentRequests: () => readonly string[]): () => void {
  const beats = new SharedArrayBuffer(4)
  const counter = new Int32Array(beats)
  const order: WatchdogOrder = { beats, fd, blockedMs }
  Object.assign(globalThis, { [Symbol.for(PRESENT_REQUESTS)]: presentRequests })
  // Not imported above: a worker without a watchdog starts no threads.
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  const thread = new Worker(besides('watchdog-thread'), {
    workerData: order,
    resourceLimits: HEAP,
    execArgv: [],
    env: {},
  })
  // Without it a worker serves as well.
  thread.on('error', () => undefined)
  thread.unref()
  return () => void Atomics.add(counter, 0, 1)
}

/** When the watchdog speaks: before the master, which kills after `timeoutMs`. */
export function blockedAfter(timeoutMs: number): number {
  return timeoutMs - Math.min(2000, timeoutMs / 2)
}
