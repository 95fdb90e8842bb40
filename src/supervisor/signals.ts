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

/** Calls `put` for each signal until the returned function is called. */
export function listenToSignals(put: (signal: MasterSignal) => void): () => void {
  const handlers = SIGNALS.map(signal => [signal, () => put(signal)] as const)
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
