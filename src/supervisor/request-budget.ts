// How many requests a worker answers before it asks for its replacement. Pure: the source of chance is an argument.

/**
 * A number drawn evenly from [min, max], both included. Drawn per worker: workers that share the load evenly would otherwise
 * spend their budgets in the same second. `max` 0: no limit, the answer is 0. Without `min`, or with one above `max`: exactly `max`.
 */
export function drawRequestBudget(max: number, min: number | undefined, random: () => number): number {
  if (max <= 0) return 0
  if (min === undefined || min >= max) return max
  const lowest = Math.max(1, min)
  return max - Math.floor((max - lowest + 1) * random())
}
