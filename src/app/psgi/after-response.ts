// What an app may have asked for after its response: cleanup handlers, then a new worker in place of this one.
import { setImmediate } from 'node:timers/promises'
import type { AppContext, Exchange } from '../handler.ts'
import type { BufferedInput } from './input.ts'
import type { LiveInput } from './live-input.ts'
import type { PsgiEnv } from './types.ts'

type Input = BufferedInput | LiveInput

/** Called once per request, when its response is complete. Costs nothing when the app asked for nothing. */
export function concludeRequest(exchange: Exchange, env: PsgiEnv, input: Input, context: AppContext): void {
  const handlers: unknown = env['psgix.cleanup.handlers']
  const isAsked = Array.isArray(handlers) && handlers.length > 0
  if (isAsked) context.background(cleanUp(exchange, env, handlers, input, context))
  else if (input.close !== undefined) context.background(letGo(input, context))
  if (!isAsked && env['psgix.harakiri.commit']) exchange.retireWorker()
}

async function cleanUp(
  exchange: Exchange,
  env: PsgiEnv,
  handlers: readonly unknown[],
  input: Input,
  context: AppContext,
): Promise<void> {
  // The response may still be on its way to the socket: the clean-up does not delay it.
  await setImmediate()
  for (const handler of handlers) {
    try {
      if (typeof handler === 'function') await handler(env)
    } catch (cause) {
      context.log.error('A handler of psgix.cleanup failed', cause)
    }
  }
  // Last, so that a cleanup handler may commit too, and may still read the input.
  if (env['psgix.harakiri.commit']) exchange.retireWorker()
  await letGo(input, context)
}

async function letGo(input: Input, context: AppContext): Promise<void> {
  try {
    await input.close?.()
  } catch (cause) {
    context.log.warn('Cannot close the temporary file of a request body', cause)
  }
}
