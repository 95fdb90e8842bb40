// Signals to the master. A handler only passes the name on.

/** What the master has an answer to. */
export type MasterSignal = (typeof SIGNALS)[number]

// A listener on USR1 also keeps Node from opening its inspector, one on TTIN and TTOU from being stopped.
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU'] as const

/** Calls `put` for each signal until the returned function is called. */
export function listenToSignals(put: (signal: MasterSignal) => void): () => void {
  const handlers = SIGNALS.map(signal => [signal, () => put(signal)] as const)
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler)
  }
}

/** Whether the signal ends the server. */
export function isStop(signal: MasterSignal): boolean {
  return signal === 'SIGTERM' || signal === 'SIGINT' || signal === 'SIGQUIT'
}
