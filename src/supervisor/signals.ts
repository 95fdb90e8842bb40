// Signals to the master. A handler only passes the name on.
import { closeSync, openSync } from 'node:fs'

/** What the master has an answer to. */
export type MasterSignal = (typeof SIGNALS)[number]

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

/** timeout(1), and whoever signals a process and then its group, asks once and is heard twice. */
const ONE_REQUEST_MS = 500

/**
 * Calls `put` for each signal until the returned function is called. The same request to stop within half a second is one.
 * `now`: milliseconds of a monotonic clock.
 */
export function listenToSignals(
  put: (signal: MasterSignal) => void,
  now: () => number = () => performance.now(),
): () => void {
  const heardAt = new Map<MasterSignal, number>()
  const handlers = SIGNALS.map(signal => {
    const hear = (): void => {
      const isEcho = isStop(signal) && now() - (heardAt.get(signal) ?? -Infinity) < ONE_REQUEST_MS
      if (isEcho) return
      heardAt.set(signal, now())
      put(signal)
    }
    return [signal, hear] as const
  })
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler)
  }
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
  return signal === 'SIGTERM' || signal === 'SIGINT' || signal === 'SIGQUIT'
}
