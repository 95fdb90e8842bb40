// The known name that an unknown one was probably meant to be.

/** The nearest of `names`, or undefined when none is near enough to be a slip of the fingers. */
export function suggestName(name: string, names: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  const ranked = names.map(known => ({ known, distance: distanceOf(wanted, known.toLowerCase()) }))
  const best = ranked.sort((a, b) => a.distance - b.distance)[0]
  if (best !== undefined && best.distance <= Math.max(1, Math.floor(wanted.length / 3))) return best.known
  // A name that was given in part: --keepalive for --keepalive-timeout.
  return wanted.length < 3 ? undefined : names.find(known => known.toLowerCase().startsWith(wanted))
}

/** Insertions, deletions, replacements and swaps of adjacent characters that lead from one name to the other (optimal string alignment). */
function distanceOf(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, j) => j)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1]
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      const steps = [at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (isSame ? 0 : 1)]
      if (isSwap) steps.push(at(beforeLast, j - 2) + 1)
      row.push(Math.min(...steps))
    }
    beforeLast = last
    last = row
  }
  return at(last, to.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
