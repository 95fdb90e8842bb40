// What pairs say about two versions. Each ratio is of two processes of their own: how V8 happens to compile one of them is
// the largest part of the noise, and more slices of the same pair do not lessen it.
import { intervalOfMedian, median } from './statistics.mjs'

const REHEARSALS = 2000

/** worse: with 95 % of certainty beyond the limit (in percent). ok: with as much certainty within it. Else undecided. */
export function verdictOf(ratios, limit, random = Math.random, resamples = 2000) {
  const [low, high] = intervalOfMedian(ratios, random, resamples)
  const beyond = 1 + limit / 100
  const word = low > beyond ? 'worse' : high < beyond ? 'ok' : 'undecided'
  const percent = ratio => `${ratio >= 1 ? '+' : ''}${(100 * (ratio - 1)).toFixed(1)} %`
  const text = `${percent(median(ratios))} CPU per request (${percent(low)} to ${percent(high)}, ${ratios.length} pairs)`
  return { word, text }
}

/**
 * Parts of the verdicts on versions that differ by `change`, as pairs of a version with itself foretell: many times pairs are
 * drawn from those measured, as many as the guard would make.
 */
export function rehearse(ratios, { rounds, most, limit }, change = 0) {
  // The two of a pair are the same version: either may be the first.
  const draw = () => (1 + change) * ratios[Math.floor(Math.random() * ratios.length)] ** (Math.random() < 0.5 ? 1 : -1)
  const parts = { worse: 0, ok: 0, undecided: 0 }
  for (let i = 0; i < REHEARSALS; i++) {
    const drawn = []
    let word = 'undecided'
    while (word === 'undecided' && drawn.length < most) {
      for (let k = 0; k < rounds; k++) drawn.push(draw())
      word = verdictOf(drawn, limit, Math.random, 200).word
    }
    parts[word] += 1 / REHEARSALS
  }
  return parts
}
