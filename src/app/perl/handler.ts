// The adapter for Perl applications: reads the body, so that a slow client costs no child, and hands the request to the pool.
// With --stream-input the application reads it instead.
import { answerFailure } from '../answer-failure.ts'
import type { AppContext, Exchange, Handler } from '../handler.ts'
import type { BufferedInput } from '../psgi/input.ts'
import { readInput } from '../psgi/read-input.ts'
import type { Job } from './queue.ts'

/** Answers requests. */
export interface JobTaker {
  submit(job: Job): void
}

/** A Handler that has `pool` answer. `streamsInput`: the application reads bodies as they come. */
export function perlHandler(pool: JobTaker, context: AppContext, streamsInput: boolean): Handler {
  return exchange => {
    if (!exchange.hasBody || streamsInput) {
      pool.submit({ exchange, input: exchange.hasBody ? 'live' : undefined })
      return undefined
    }
    const input = readInput(exchange, context.spool)
    if (input instanceof Promise) return submitLater(pool, exchange, input, context)
    pool.submit({ exchange, input })
    return undefined
  }
}

async function submitLater(
  pool: JobTaker,
  exchange: Exchange,
  pending: Promise<BufferedInput>,
  context: AppContext,
): Promise<void> {
  let input: BufferedInput
  try {
    input = await pending
  } catch (cause) {
    answerFailure(exchange, cause, context)
    return
  }
  pool.submit({ exchange, input })
}
