// How long a worker lives: in requests, seconds and bytes. Pure: the source of chance is an argument. Each worker draws its own
// limits, because workers that share the load evenly would otherwise all be spent in the same second.
import type { Config } from '../../config/config.ts'

/** What a worker may use up before it asks for its replacement; 0 for no limit. */
export interface Lifetime {
  readonly requests: number
  readonly ageMs: number
  /** Resident memory. */
  readonly memoryBytes: number
}

/** Ages and sizes are drawn from so much below their limit up to it, as granian does with its workers' lifetime. */
const SPREAD = 0.1

/** `random` gives a number in [0, 1). */
export function drawLifetime(config: Config, random: () => number): Lifetime {
  const { maxReqsPerChild, minReqsPerChild, maxAgePerChild, maxMemoryPerChild, interface: kind } = config
  const below = (limit: number): number => Math.round(limit * (1 - SPREAD * random()))
  return {
    // Perl children count their own requests.
    requests: kind === 'perl' ? 0 : drawRequestBudget(maxReqsPerChild, minReqsPerChild, random),
    ageMs: below(maxAgePerChild * 1000),
    memoryBytes: below(maxMemoryPerChild),
  }
}

/**
 * A number drawn evenly from [min, max], both included.  `max` 0: no limit, the answer is 0. Without `min`, or with one above `max`: exactly `max`.
 */
export function drawRequestBudget(max: number, min: number | undefined, random: () => number): number {
  if (max <= 0) return 0
  if (min === undefined || min >= max) return max
  const lowest = Math.max(1, min)
  return max - Math.floor((max - lowest + 1) * random())
}
