// What many measurements say together.

export function median(numbers) {
  return quantile(
    numbers.toSorted((a, b) => a - b),
    0.5,
  )
}

/** Of sorted numbers; between two of them where it falls between. */
export function quantile(sorted, part) {
  const at = part * (sorted.length - 1)
  const below = sorted[Math.floor(at)]
  return below + (at % 1) * (sorted[Math.ceil(at)] - below)
}

/** Half of the distance between the quartiles, as a part of the median. */
export function spread(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  return (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2 / quantile(sorted, 0.5)
}

/** Where the median lies with 95 % of certainty: what it is in resamples of the numbers (a bootstrap). */
export function intervalOfMedian(numbers, random = Math.random, resamples = 2000) {
  const pick = () => numbers[Math.floor(random() * numbers.length)]
  const medians = Array.from({ length: resamples }, () => median(numbers.map(pick))).toSorted((a, b) => a - b)
  return [quantile(medians, 0.025), quantile(medians, 0.975)]
}
