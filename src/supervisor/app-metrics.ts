// Figures that an application registers with prom-client, found where it loaded it.
import { createRequire } from 'node:module'

interface PromClient {
  readonly register?: { metrics(): Promise<string> | string }
}

const INDEX = /[\\/]prom-client[\\/]index\.js$/

/** The text of the default registry; '' when the application has not loaded prom-client. */
export async function appMetrics(): Promise<string> {
  const { cache } = createRequire(import.meta.url)
  const file = Object.keys(cache).find(path => INDEX.test(path))
  const { register } = (file === undefined ? {} : (cache[file]?.exports ?? {})) as PromClient
  return register === undefined ? '' : await register.metrics()
}
