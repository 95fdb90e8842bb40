// What pairs say about two versions. Each ratio is of two processes of their own: how V8 happens to compile one of them is
// the largest part of the noise, and more slices of the same pair do not lessen it.
import { intervalOfMedian, median } from './statistics.mjs'

/** worse: with 95 % of certainty beyond the limit (in percent). ok: with as much certainty within it. Else undecided. */
export function verdictOf(ratios, limit, random = Math.random, resamples = 2000) {
  const [low, high] = intervalOfMedian(ratios, random, resamples)
  const beyond = 1 + limit / 100
  const word = low > beyond ? 'worse' : high < beyond ? 'ok' : 'undecided'
  const percent = ratio => `${ratio >= 1 ? '+' : ''}${(100 * (ratio - 1)).toFixed(1)} %`
  const text = `${percent(median(ratios))} CPU per request (${percent(low)} to ${percent(high)}, ${ratios.length} pairs)`
  return { word, text }
}

/** How often versions that are the same get the verdict "worse" or none: verdicts on pairs drawn from those measured. */
export function falseAlarms(ratios, { rounds, most, limit }, verdicts = 10_000) {
  // The two of a pair are the same version: either may be the first.
  const draw = () => ratios[Math.floor(Math.random() * ratios.length)] ** (Math.random() < 0.5 ? 1 : -1)
  const words = Array.from({ length: verdicts }, () => {
    const drawn = []
    for (;;) {
      for (let i = 0; i < rounds; i++) drawn.push(draw())
      const { word } = verdictOf(drawn, limit, Math.random, 200)
      if (word !== 'undecided' || drawn.length >= most) return word
    }
  })
  const count = wanted => words.filter(word => word === wanted).length
  const widest = Math.max(...ratios.map(ratio => 100 * (Math.max(ratio, 1 / ratio) - 1)))
  return { alarms: count('worse'), undecided: count('undecided'), widest }
}
