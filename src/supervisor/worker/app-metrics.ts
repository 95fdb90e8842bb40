// Figures that an application registers with prom-client, found where it loaded it.
import { createRequire } from 'node:module'
import type { Log } from '../../log/log.ts'
import { MOST_METRICS } from '../ipc/messages.ts'

interface PromClient {
  readonly register?: { metrics(): unknown }
}

const INDEX = /[\\/]prom-client[\\/]index\.js$/

/** The text of the default registry; '' when the application has not loaded prom-client. */
export async function appMetrics(): Promise<unknown> {
  const { cache } = createRequire(import.meta.url)
  const file = Object.keys(cache).find(path => INDEX.test(path))
  const { register } = (file === undefined ? {} : (cache[file]?.exports ?? {})) as PromClient
  return register === undefined ? '' : await register.metrics()
}

/** The text, if the master takes it. */
export function boundedMetrics(text: unknown, log: Log): string {
  if (typeof text === 'string' && text.length <= MOST_METRICS) return text
  const what = typeof text === 'string' ? `they have ${text.length} characters` : `they are ${typeof text}, not text`
  log.error(`Cannot pass on the metrics of the application: ${what}, at most ${MOST_METRICS} are needed`)
  return ''
}
