// How many descriptors the processes of a server may have and what that means for its connections; and which of them its caller
// had open.
import { closeSync, readdirSync, readFileSync } from 'node:fs'
import type { Config } from '../../config/config.ts'
import type { Log } from '../../log/log.ts'
import { platform } from '../../platform.ts'
import { descriptorLimit, firstReserved } from '../../server/descriptors.ts'
import { askSystem } from './run-command.ts'

/** RLIMIT_NOFILE of this process; Infinity when it is unknown. Node raises the soft limit to the hard one when it starts. */
export function ownDescriptorLimit(): number {
  return platform.descriptorLimit ? descriptorLimit(() => askSystem('/bin/sh', ['-c', 'ulimit -n'])) : Infinity
}

/** Says when --max-connections can never be reached. */
export function tellDescriptorLimit({ maxConnections }: Config, log: Log, limit: number = ownDescriptorLimit()): void {
  const most = firstReserved(limit)
  if (limit === Infinity || (maxConnections > 0 && maxConnections <= most)) return
  const message = `A process may have ${limit} file descriptors, and stops accepting when ${most} are in use`
  if (maxConnections === 0) log.info(message)
  else
    log.warn(
      `--max-connections=${maxConnections} cannot be reached: ${message}; raise the limit (ulimit -n, LimitNOFILE=)`,
    )
}

/** O_CLOEXEC of Linux, as /proc/PID/fdinfo shows it: the same number on all architectures that Node runs on. */
const CLOSE_ON_EXEC = 0o2000000
const LAST_STANDARD_FD = 2

/**
 * Closes what was inherited by accident: the lock of a shell, the end of a pipe. Node opens its
 * own descriptors with O_CLOEXEC, and gives the flag to the first ones that it was born with; those without it come from outside,
 * and would live on in every child. Other systems than Linux need none of this: there a child of Node's gets only what it is given.
 */
export function closeInherited(): void {
  for (const fd of inheritedDescriptors()) closeSync(fd)
}

function inheritedDescriptors(): number[] {
  return numbersIn('/proc/self/fd').filter(fd => fd > LAST_STANDARD_FD && !closesOnExec(fd))
}

function numbersIn(directory: string): number[] {
  if (!platform.procfs) return []
  try {
    return readdirSync(directory).map(Number)
  } catch {
    return []
  }
}

/** True for one that is gone: the descriptor by which the directory was read. */
function closesOnExec(fd: number): boolean {
  try {
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1]
    return flags === undefined || (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) !== 0
  } catch {
    return true
  }
}
