// An answer that takes its time: server-sent events, one line after the other. The body is an async generator, and the
// server asks it for the next piece only when the client has taken the last one.
//
//   npx starlight examples/streaming.ts
//   curl -N http://127.0.0.1:5000/?count=5
import { setTimeout as wait } from 'node:timers/promises'
import type { PsgiApp } from 'starlight-server'

const app: PsgiApp = env => {
  const query = new URLSearchParams(env.QUERY_STRING)
  const events = countdown(Number(query.get('count') ?? 10), Number(query.get('ms') ?? 200), env['starlight.signal'])
  return [200, ['Content-Type', 'text/event-stream', 'Cache-Control', 'no-store'], events]
}

/** The signal is aborted when the client leaves; a wait in progress ends at once. */
async function* countdown(from: number, ms: number, signal: AbortSignal): AsyncGenerator<string> {
  for (let left = from; left > 0; left--) {
    yield `data: ${left}\n\n`
    await wait(ms, undefined, { signal })
  }
  yield 'data: lift-off\n\n'
}

export default app
