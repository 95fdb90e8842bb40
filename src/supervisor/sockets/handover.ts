// What a master gives to the one that takes over (USR2): its sockets and its pid file, by descriptor, and its process id. The parts travel in
// one variable of the environment, and the descriptors as they are.
import { takeVariable } from '../../config/sources/sources.ts'
import { enveloped } from '../ipc/envelope.ts'
import type { BoundListener, HandedSocket } from './bind.ts'

export interface Handover {
  /** The master that hands over. */
  readonly pid: number
  readonly sockets: readonly HandedSocket[]
  /** Descriptor of its pid file, if it has one. */
  readonly pidFile?: number
}

export const HANDOVER_VARIABLE = '_STARLIGHT_HANDOVER'

/** What this process was handed over; undefined when it was started by anybody else. */
export function takeHandover(): Handover | undefined {
  const text = takeVariable(HANDOVER_VARIABLE)
  return text === undefined ? undefined : (JSON.parse(text) as Handover)
}

/** What a master gives away. */
export interface Given {
  readonly sockets: readonly BoundListener[]
  readonly pidFile: { readonly fd: number } | undefined
}

/** The descriptors, in the order in which `handoverText` counts them. */
export function handoverFds({ sockets, pidFile }: Given): number[] {
  return [...sockets.flatMap(({ fds }) => fds), ...(pidFile === undefined ? [] : [pidFile.fd])]
}

/** The text of the variable. The new master has the first of the descriptors as `firstFd`, and the others behind it. */
export function handoverText(pid: number, { sockets, pidFile }: Given, firstFd: number): string {
  let fd = firstFd
  const handed = sockets.flatMap(({ requested, address: { tls: _, ...address }, host, file, fds, isForeign }) =>
    fds.map(() => ({
      requested,
      address,
      host,
      fd: fd++,
      file,
      isForeign,
    })),
  )
  return JSON.stringify({ pid, sockets: handed, pidFile: pidFile && fd })
}

/** Tells the old master that requests are answered here from now on: it may go. */
export function tellServing(): void {
  if (process.connected)
    process.send?.(enveloped('serving'), undefined, undefined, () => process.connected && process.disconnect())
}
