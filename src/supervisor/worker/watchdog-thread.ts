// The program of the watchdog: a thread inside of a worker process that notices when the main thread does not turn any more, stops
// it for a moment with the inspector, and tells the master which code it was in and which requests it was serving. Once the master is
// gone nobody else can end a main thread that does not turn: then it ends the process.
import { type Debugger, Session } from 'node:inspector'
import { setInterval as repeat, setTimeout as timer } from 'node:timers'
import { parentPort, workerData } from 'node:worker_threads'
import { openLineChannel } from '../../server/line-channel.ts'
import type { BlockedReport } from '../state/worker-report.ts'
import { BEATS, FIRST_BEAT, INSPECTED, PRESENT_REQUESTS, type WatchdogOrder } from './watchdog.ts'

const LOOK_MS = 100
const FRAMES = 30
const REQUESTS = 100
/** Of names and of requests, in characters. */
const LONGEST_LINE = 1000
/** Code that is not JavaScript (a synchronous child process, a long regular expression) cannot be stopped. */
const PAUSE_MS = 1000

/** A look this late means that the whole process was stopped: then the main thread could not beat either. */
const PAUSED_MS = 500

const { signs: memory, fd, blockedMs, orphanedMs, startedAt } = workerData as WatchdogOrder
const signs = new Int32Array(memory)
let lastBeat = 0
let lastBeatAt = 0
let lookedAt = performance.now()
let isTold = false
/** When the master was gone, or the main thread last turned after that. */
let orphanedAt = Infinity

const channel = openLineChannel(
  fd,
  () => void look().then(seen => tell(seen)),
  () => {
    orphanedAt = performance.now()
  },
)
repeat(watch, LOOK_MS)
parentPort?.postMessage('up')

function watch(): void {
  const now = performance.now()
  const beat = Atomics.load(signs, BEATS)
  const lateMs = now - lookedAt - LOOK_MS
  if (lateMs > PAUSED_MS) {
    lastBeatAt += lateMs
    orphanedAt += lateMs
  }
  lookedAt = now
  if (beat !== lastBeat) {
    lastBeatAt = beat === 1 ? now - sinceFirstBeat() : now
    lastBeat = beat
    isTold = false
    if (orphanedAt < now) orphanedAt = now
  } else if (beat > 0 && !isTold && !isInspected() && blockedMs > 0 && now - lastBeatAt > blockedMs) {
    isTold = true
    void look().then(seen => tell({ ...seen, isBlocked: true }))
  }
  endWhenOrphaned(now)
}

/** This thread may have come up behind it. */
function sinceFirstBeat(): number {
  return Math.max(0, Date.now() - startedAt - Atomics.load(signs, FIRST_BEAT))
}

function endWhenOrphaned(now: number): void {
  // The signal: a thread can end itself, and not another one that does not turn.
  if (now - orphanedAt > orphanedMs && !isInspected()) process.kill(process.pid, 'SIGKILL')
}

/** Then a debugger may have stopped the main thread: to look at it would let it go on. */
function isInspected(): boolean {
  return Atomics.load(signs, INSPECTED) === 1
}

function tell(report: BlockedReport): void {
  channel.write(`${JSON.stringify(report)}\n`)
}

/** Stops the main thread where it is, looks around, and lets it go on. */
async function look(): Promise<BlockedReport> {
  if (isInspected()) return { isBlocked: false, stack: ['(its inspector is open: a debugger shows it)'], requests: [] }
  const session = new Session()
  session.connectToMainThread()
  try {
    const frames = await pausedFrames(session)
    if (frames === undefined) return { isBlocked: false, stack: ['(in native code, or idle)'], requests: [] }
    const requests = await requestsOf(session)
    return { isBlocked: false, stack: frames, requests }
  } finally {
    session.post('Debugger.resume')
    session.disconnect()
  }
}

/** Innermost first; undefined when it could not be stopped. */
function pausedFrames(session: Session): Promise<string[] | undefined> {
  const files = new Map<string, string>()
  return new Promise(resolve => {
    session.on('Debugger.scriptParsed', ({ params }) => files.set(params.scriptId, params.url))
    session.once('Debugger.paused', ({ params }) =>
      resolve(params.callFrames.slice(0, FRAMES).map(frame => lineOf(frame, files))),
    )
    session.post('Debugger.enable')
    session.post('Debugger.pause')
    timer(() => resolve(undefined), PAUSE_MS)
  })
}

function requestsOf(session: Session): Promise<string[]> {
  const expression = `JSON.stringify(globalThis[Symbol.for(${JSON.stringify(PRESENT_REQUESTS)})]?.() ?? [])`
  return new Promise(resolve => {
    session.post('Runtime.evaluate', { expression }, (_error, answer) => {
      const text: unknown = answer?.result.value
      resolve(typeof text === 'string' ? boundedLines(JSON.parse(text)) : [])
    })
    timer(() => resolve([]), PAUSE_MS)
  })
}

/** The application can have put another function there. */
function boundedLines(value: unknown): string[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, REQUESTS).map(line => String(line).slice(0, LONGEST_LINE))
}

function lineOf({ functionName, location }: Debugger.CallFrame, files: ReadonlyMap<string, string>): string {
  const file = (files.get(location.scriptId) ?? '').replace(/^file:\/\//, '').slice(-LONGEST_LINE)
  const name = (functionName || '(anonymous)').slice(0, LONGEST_LINE)
  return `at ${name} (${file}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1})`
}
