// What a command has asked for takes its time: these wait until it has happened.
import { setTimeout as pause } from 'node:timers/promises'
import type { Status } from '../supervisor/admin/status.ts'
import { ask } from './control-client.ts'

const LOOK_MS = 100
/** The socket goes shortly before the process; one that is dead and that nobody reaps is there for ever. */
const LAST_LOOKS = 20

export async function statusOf(socket: string): Promise<Status> {
  return (await ask(socket, '/status')).body as Status
}

/** Resolves when the server `pid` does not answer any more, and is gone. */
export async function whenGone(socket: string, pid: number): Promise<void> {
  const isServed = (): Promise<boolean> =>
    statusOf(socket).then(
      status => status.pid === pid,
      () => false,
    )
  while (await isServed()) await pause(LOOK_MS)
  for (let looks = 0; looks < LAST_LOOKS && isThere(pid); looks++) await pause(LOOK_MS)
}

/** Resolves when the fact holds for the status of the server. Rejects when that cannot be reached any more. */
export async function whenSo(socket: string, fact: (status: Status) => boolean): Promise<void> {
  while (!fact(await statusOf(socket))) await pause(LOOK_MS)
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
