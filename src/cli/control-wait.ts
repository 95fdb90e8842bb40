// What a command has asked for takes its time: these wait until it has happened, or until it is seen that it will not. No clock
// ends a wait: a worker that does not get ready in time is killed by the server, which counts that.
import { setTimeout as pause } from 'node:timers/promises'
import type { Status } from '../supervisor/admin/status.ts'
import { isAlive, isZombie } from '../supervisor/system/process-info.ts'
import { ask, isSilence } from './control-client.ts'

const LOOK_MS = 100
/** The socket goes shortly before the process. A number of another PID namespace would be looked for in vain. */
const LAST_LOOKS = 100

/** What a status says about a wait: it is over, it goes on, or the reason why it would never end. */
export type Finding = 'so' | 'not yet' | { readonly reason: string }

export async function statusOf(socket: string): Promise<Status> {
  return (await ask(socket, '/status')).body as Status
}

/** Resolves with undefined when the server `pid` has closed its socket and is gone; with the reason when it falls silent instead. */
export async function whenGone(socket: string, pid: number): Promise<string | undefined> {
  try {
    while ((await statusOf(socket)).pid === pid) await pause(LOOK_MS)
  } catch (error) {
    if (isSilence(error)) return `process ${pid} does not answer any more, and has not ended`
  }
  for (let looks = 0; looks < LAST_LOOKS && isThere(pid); looks++) await pause(LOOK_MS)
  return undefined
}

/** Resolves with undefined when it is so, or with the reason why it never will be. Rejects when the server cannot be reached. */
export async function whenSo(socket: string, look: (status: Status) => Finding): Promise<string | undefined> {
  for (;;) {
    const finding = look(await statusOf(socket))
    if (finding === 'so') return undefined
    if (finding !== 'not yet') return finding.reason
    await pause(LOOK_MS)
  }
}

/** Whether `count` workers serve. A worker that is being replaced has its replacement beside it: places are counted. */
export function scaledTo(count: number, before: Status): (status: Status) => Finding {
  return status => {
    const { desired, phase, workers } = status
    if (phase === 'asleep' || phase === 'stopping') return { reason: `the server is ${phase}` }
    if (desired !== count) return { reason: `somebody else has set the target to ${desired}` }
    const served = new Set(workers.filter(({ state }) => state === 'serving').map(({ slot }) => slot))
    if (served.size === count && workers.every(({ slot }) => slot < count)) return 'so'
    return hasFailedStart(before, status) ? { reason: `${NO_START}; the target stays ${count}` } : 'not yet'
  }
}

/** Whether the worker is gone. It serves until its replacement does. */
export function drained(pid: number, before: Status): (status: Status) => Finding {
  return status => {
    const worker = status.workers.find(each => each.pid === pid)
    if (worker === undefined) return 'so'
    const waits = worker.state === 'serving' && hasFailedStart(before, status)
    return waits ? { reason: `${NO_START}; worker ${pid} serves on until its replacement does` } : 'not yet'
  }
}

const NO_START = 'a new worker does not start, the log says why'

function hasFailedStart(before: Status, { ends }: Status): boolean {
  return (ends['boot'] ?? 0) > (before.ends['boot'] ?? 0)
}

/** One that is dead and that nobody reaps is not. */
function isThere(pid: number): boolean {
  return isAlive(pid) && !isZombie(pid)
}
