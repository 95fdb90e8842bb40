// Lint: in `development` every env and every response is held against PSGI 1.1, and what breaks it is told at once and by
// name, before a client, a proxy or another server trips over it.
import { AppError } from '../errors.ts'
import { describe } from '../shared/describe-value.ts'
import { checkEnv } from './lint-env.ts'
import { checkResponse } from './lint-response.ts'
import type { PsgiAnswer, PsgiApp, PsgiDelayedResponse, PsgiResponder } from './types.ts'

/** `app` with checks before and after. Throws an AppError that names the broken rule. */
export function lint(app: PsgiApp): PsgiApp {
  if (typeof app !== 'function')
    throw new AppError(`Cannot use the application: it is ${describe(app)}, a function is needed`)
  return env => {
    checkEnv(env)
    const answer = app(env)
    return answer instanceof Promise ? answer.then(checkedAnswer) : checkedAnswer(answer)
  }
}

function checkedAnswer(answer: PsgiAnswer): PsgiAnswer {
  if (typeof answer === 'function') return checkedDelayed(answer)
  checkResponse(answer)
  return answer
}

/** The responder is where a delayed response can be looked at. */
function checkedDelayed(delayed: PsgiDelayedResponse): PsgiDelayedResponse {
  return respond =>
    delayed(((response: Parameters<PsgiResponder>[0]) => {
      checkResponse(response)
      return respond(response)
    }) as PsgiResponder)
}
