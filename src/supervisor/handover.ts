// What a master gives to the one that takes over (USR2): its sockets, by descriptor, and its process id. The parts travel in
// one variable of the environment, and the descriptors as they are.
import { takeVariable } from '../config/sources.ts'
import type { BoundListener, HandedSocket } from './bind.ts'
import { enveloped } from './envelope.ts'

export interface Handover {
  /** The master that hands over. */
  readonly pid: number
  readonly sockets: readonly HandedSocket[]
}

export const HANDOVER_VARIABLE = '_STARLIGHT_HANDOVER'

/** What this process was handed over; undefined when it was started by anybody else. */
export function takeHandover(): Handover | undefined {
  const text = takeVariable(HANDOVER_VARIABLE)
  return text === undefined ? undefined : (JSON.parse(text) as Handover)
}

/** The text of the variable. Descriptors are passed in the order of the listeners, the first one as `firstFd`. */
export function handoverText(pid: number, listeners: readonly BoundListener[], firstFd: number): string {
  let fd = firstFd
  const sockets = listeners.flatMap(({ wished, address: { tls: _, ...address }, host, file, fds, isForeign }) =>
    fds.map(() => ({
      wished,
      address,
      host,
      fd: fd++,
      file,
      isForeign,
    })),
  )
  return JSON.stringify({ pid, sockets })
}

/** Tells the old master that requests are answered here from now on: it may go. */
export function tellServing(): void {
  if (process.connected)
    process.send?.(enveloped('serving'), undefined, undefined, () => process.connected && process.disconnect())
}
