// How the Perl children are dealt out to the processes in front of them. Pure.

/** What number `index` (from 0) of `parts` gets of `total`: shares differ by one at most, and none is empty. */
export function shareOf(total: number, parts: number, index: number): number {
  return Math.max(1, Math.floor(total / parts) + (index < total % parts ? 1 : 0))
}
