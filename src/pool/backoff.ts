// How long to wait before a worker that failed is started again. Pure: the source of jitter is an argument.

const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 30_000
/** Slots that fail together must not come back together. */
const SPREAD = 0.2

/**
 * Delay in milliseconds before try `attempt` + 1: 100 ms doubled for each attempt (0, 1, 2...), at most 30 s, +-20 %.
 * `random` gives a number in [0, 1).
 */
export function backoffDelay(attempt: number, random: () => number): number {
  const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt)
  return delay * (1 - SPREAD + 2 * SPREAD * random())
}
