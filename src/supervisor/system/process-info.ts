// What /proc tells about a process (Linux): proc(5).
import { readFileSync, statSync } from 'node:fs'
import { platform } from '../../platform.ts'

/** Clock ticks per second in /proc: 100 on every Linux that Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100
/** Fields 3 and 22 of /proc/PID/stat, counted from behind the command. */
const STATE_FIELD = 0
const START_TIME_FIELD = 19

/** Start time in milliseconds since the epoch; undefined where the system does not tell. */
export function startTimeOf(pid: number): number | undefined {
  if (!platform.procfs) return undefined
  try {
    const ticks = Number(statOf(pid)[START_TIME_FIELD])
    const bootedAt = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1])
    const startedAt = (bootedAt + ticks / TICKS_PER_SECOND) * 1000
    return Number.isFinite(startedAt) ? startedAt : undefined
  } catch {
    return undefined
  }
}

/** Whether a process has this number; it may belong to another user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The user that the process runs as; undefined where the system does not tell, or there is no such process. */
export function userOf(pid: number): number | undefined {
  return platform.procfs ? statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid : undefined
}

/** Whether it has ended and its parent has not asked how; false where the system does not tell. */
export function isZombie(pid: number): boolean {
  if (!platform.procfs) return false
  try {
    return statOf(pid)[STATE_FIELD] === 'Z'
  } catch {
    return false
  }
}

/** The command may hold spaces and parentheses; fields are counted from the last closing one. */
function statOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}
