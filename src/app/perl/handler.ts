// The adapter for Perl applications: reads the body, so that a slow client costs no child, and hands the request to the pool.
import { answerFailure } from '../failure.ts'
import type { AppContext, Exchange, Handler } from '../handler.ts'
import type { BufferedInput } from '../psgi/input.ts'
import { readInput } from '../psgi/read-input.ts'
import type { Job } from './queue.ts'

/** Whoever answers requests that are complete. */
export interface JobTaker {
  submit(job: Job): void
}

/** A Handler that has `pool` answer. */
export function perlHandler(pool: JobTaker, context: AppContext): Handler {
  return exchange => {
    if (!exchange.hasBody) {
      pool.submit({ exchange, input: undefined })
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
