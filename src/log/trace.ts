// Trace points for debugging: NODE_DEBUG=starlight:connection,starlight:pool,starlight:master,starlight:loader
// makes Node print each step to stderr, as it does for its own modules. docs/debugging.md shows what they say.
import { debuglog } from 'node:util'

export type TraceSection = 'connection' | 'pool' | 'master' | 'loader'

/** Prints one line. The values are those of `util.format`. */
export type Trace = (message: string, ...values: readonly unknown[]) => void

/** The trace of a section; undefined when NODE_DEBUG does not name it, so that `trace?.(...)` costs nothing. */
export function traceOf(section: TraceSection): Trace | undefined {
  const log = debuglog(`starlight:${section}`)
  return log.enabled ? log : undefined
}
