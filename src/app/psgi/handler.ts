// The PSGI-style adapter: reads the body, builds the env, calls the app, sends what it gives. A request without a body
// whose app answers at once takes no promise, stream or timer on its way through here.

import { answerFailure } from '../answer-failure.ts'
import type { AppContext, Exchange, Handler } from '../handler.ts'
import { answerNotFound, mountedPath } from '../mount.ts'
import { isThenable } from '../shared/is-thenable.ts'
import { concludeRequest } from './after-response.ts'
import { sendDelayed } from './delayed.ts'
import { buildEnv, type EnvDefaults, envDefaults } from './env.ts'
import { type BufferedInput, EMPTY_INPUT } from './input.ts'
import { lint } from './lint.ts'
import { LiveInput } from './live-input.ts'
import { readInput } from './read-input.ts'
import { sendResponse } from './send-response.ts'
import type { PsgiApp, PsgiEnv } from './types.ts'

/** A Handler that serves `app`, with Lint around it in `development`. */
export function psgiHandler(app: PsgiApp, context: AppContext): Handler {
  const isChecked = context.environment === 'development' && context.defaultMiddleware
  const adapter: Adapter = { app: isChecked ? lint(app) : app, context, defaults: envDefaults(context) }
  const handler: Handler =
    context.mount === '' ? exchange => receive(adapter, exchange, exchange.head.path) : mounted(adapter)
  // By psgix.io or starlight.upgrade.
  return Object.assign(handler, { takesUpgrades: true })
}

function mounted(adapter: Adapter): Handler {
  const { context } = adapter
  return exchange => {
    const path = mountedPath(exchange.head.path, context.mount)
    if (path !== undefined) return receive(adapter, exchange, path.rest)
    answerNotFound(exchange)
    return undefined
  }
}

interface Adapter {
  readonly app: PsgiApp
  readonly context: AppContext
  readonly defaults: EnvDefaults
}

function receive(adapter: Adapter, exchange: Exchange, path: string): Promise<void> | undefined {
  if (!exchange.hasBody) return serve(adapter, exchange, path, EMPTY_INPUT)
  if (adapter.context.streamsInput === true) return serve(adapter, exchange, path, new LiveInput(exchange))
  const input = readInput(exchange, adapter.context.spool)
  return input instanceof Promise ? receiveLater(adapter, exchange, path, input) : serve(adapter, exchange, path, input)
}

async function receiveLater(
  adapter: Adapter,
  exchange: Exchange,
  path: string,
  pending: Promise<BufferedInput>,
): Promise<void> {
  let input: BufferedInput
  try {
    input = await pending
  } catch (cause) {
    answerFailure(exchange, cause, adapter.context)
    return
  }
  await serve(adapter, exchange, path, input)
}

function serve(
  adapter: Adapter,
  exchange: Exchange,
  path: string,
  input: BufferedInput | LiveInput,
): Promise<void> | undefined {
  const env = buildEnv(exchange, path, input, adapter.defaults)
  let pending: Promise<void> | undefined
  try {
    const { app } = adapter
    const answer: unknown = app(env)
    pending = isThenable(answer) ? sendLater(adapter, exchange, env, answer) : send(adapter, exchange, env, answer)
  } catch (cause) {
    answerFailure(exchange, cause, adapter.context)
  }
  if (pending !== undefined) return finishLater(adapter, exchange, env, input, pending)
  concludeRequest(exchange, env, input, adapter.context)
  return undefined
}

async function finishLater(
  adapter: Adapter,
  exchange: Exchange,
  env: PsgiEnv,
  input: BufferedInput | LiveInput,
  pending: Promise<void>,
): Promise<void> {
  try {
    await pending
  } catch (cause) {
    answerFailure(exchange, cause, adapter.context)
  }
  concludeRequest(exchange, env, input, adapter.context)
}

async function sendLater(
  adapter: Adapter,
  exchange: Exchange,
  env: PsgiEnv,
  answer: PromiseLike<unknown>,
): Promise<void> {
  await send(adapter, exchange, env, await answer)
}

function send(adapter: Adapter, exchange: Exchange, env: PsgiEnv, answer: unknown): Promise<void> | undefined {
  // Committed already: a client that comes back shall meet the next worker.
  if (env['psgix.harakiri.commit']) exchange.closeAfter()
  if (typeof answer === 'function') {
    return sendDelayed(
      exchange,
      respond => answer(respond),
      cause => answerFailure(exchange, cause, adapter.context),
    )
  }
  return sendResponse(exchange, answer)
}
