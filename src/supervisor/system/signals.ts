// Signals to the master. A handler only passes the name on.
import { closeSync, openSync } from 'node:fs'
import { platform } from '../../platform.ts'
import { type Terminal, watchTerminal } from './terminal.ts'

/** What the master has an answer to. */
export type MasterSignal = (typeof SIGNALS)[number] | typeof TERMINAL_CLOSED

/** A SIGHUP by which the kernel, or a shell, says that our terminal is gone. */
export const TERMINAL_CLOSED: unique symbol = Symbol('terminal closed')
export const TERMINAL_CLOSED_WORDS = 'The terminal is closed: stopping'

// A listener on USR1 also keeps Node from opening its inspector, one on TTIN and TTOU from being stopped.
const SIGNALS = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGTTIN',
  'SIGTTOU',
  'SIGWINCH',
] as const

/** Events of a Windows console: CTRL+C, CTRL+BREAK, and its close, which leaves a few seconds. Nobody can send TERM there, but libraries listen to it. */
const CONSOLE_EVENTS = ['SIGINT', 'SIGBREAK', 'SIGHUP', 'SIGTERM'] as const

/** `process`, or what stands before it. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown
  off(signal: NodeJS.Signals, listener: () => void): unknown
}

/** timeout(1) signals a process and then its group: one request that arrives twice. */
const ONE_REQUEST_MS = 500

/**
 * Calls `put` for each signal until the returned function is called. The same request to stop within half a second is one.
 * `now`: milliseconds of a monotonic clock.
 */
export function listenToSignals(
  put: (signal: MasterSignal) => void,
  now: () => number = () => performance.now(),
  terminal: Terminal = watchTerminal(),
  source: SignalSource = process,
  hasSignals: boolean = platform.signals,
): () => void {
  const heardAt = new Map<MasterSignal, number>()
  const handlers = (hasSignals ? SIGNALS : CONSOLE_EVENTS).map(name => {
    const hear = (): void => {
      const signal = meaningOf(name, !hasSignals || terminal.hangsUp())
      const isEcho = isStop(signal) && now() - (heardAt.get(signal) ?? -Infinity) < ONE_REQUEST_MS
      // The kernel says that a terminal is closed, and then a shell does: it closes once.
      if (isEcho || (signal === TERMINAL_CLOSED && heardAt.has(signal))) return
      heardAt.set(signal, now())
      // A program that started us has the same terminal, and answers with TERM.
      if (signal === TERMINAL_CLOSED) heardAt.set('SIGTERM', now())
      put(signal)
    }
    return [name, hear] as const
  })
  for (const [signal, handler] of handlers) source.on(signal, handler)
  return () => {
    terminal.forget()
    for (const [signal, handler] of handlers) source.off(signal, handler)
  }
}

/** `isHangUp`: whether HUP says that the terminal is gone. */
function meaningOf(name: (typeof SIGNALS)[number] | (typeof CONSOLE_EVENTS)[number], isHangUp: boolean): MasterSignal {
  if (name === 'SIGBREAK') return 'SIGINT'
  return name === 'SIGHUP' && isHangUp ? TERMINAL_CLOSED : name
}

/** Whether this process has a terminal, which sends signals of its own. */
export function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false // ENXIO, or no such device
  }
}

/** Whether the signal ends the server. */
export function isStop(signal: MasterSignal): boolean {
  return signal === 'SIGTERM' || signal === 'SIGINT' || signal === 'SIGQUIT' || signal === TERMINAL_CLOSED
}
