// Costs that grow, as lines in SVG: one for each server, from zero upwards.
import { STYLE } from './chart.mjs'

const WIDTH = 640
const HEIGHT = 320
const PLOT = { left: 60, right: 608, top: 64, bottom: 280 }
const OURS = ['#c2410c', '#e08a3c']
const THEIRS = '#8c959f'

/** `series`: [{ server, costs }], a cost for each of the points. */
export function lines({ title, points, isLogarithmic = false }, series) {
  const scale = isLogarithmic ? Math.log10 : value => value
  const [first, last] = [isLogarithmic ? scale(points[0]) : 0, scale(points.at(-1))]
  const highest = roundUp(Math.max(...series.flatMap(({ costs }) => costs)))
  const x = point => PLOT.left + ((PLOT.right - PLOT.left) * (scale(point) - first)) / (last - first)
  const y = cost => PLOT.bottom - ((PLOT.bottom - PLOT.top) * cost) / highest
  const drawn = series.map((one, i) => line(one, i, points, { x, y }))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${title}">
${STYLE}
<text class="t" x="8" y="18">${title}</text>
${grid(points, highest, { x, y })}
${drawn.join('\n')}
</svg>
`
}

function line({ server, costs }, i, points, { x, y }) {
  const color = server.startsWith('starlight') ? OURS[i % OURS.length] : THEIRS
  const at = costs.map((cost, k) => [x(points[k]).toFixed(1), y(cost).toFixed(1)])
  const dots = at.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${color}"/>`).join('')
  const legend = PLOT.left + i * 180
  return `<polyline points="${at.map(pair => pair.join(',')).join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>${dots}
<rect x="${legend}" y="34" width="12" height="12" fill="${color}"/><text x="${legend + 18}" y="44">${server}</text>`
}

function grid(points, highest, { x, y }) {
  const costs = [0, 0.25, 0.5, 0.75, 1].map(part => part * highest)
  const across = costs.map(
    cost => `<path d="M${PLOT.left} ${y(cost)}H${PLOT.right}" stroke="#8c959f" stroke-opacity=".35"/>
<text x="${PLOT.left - 8}" y="${y(cost) + 4}" text-anchor="end">${Number(cost.toPrecision(3))}</text>`,
  )
  const labels = farApart(points.map(point => ({ point, at: x(point) })))
  const below = labels.map(
    ({ point, at }) =>
      `<text x="${at.toFixed(1)}" y="${PLOT.bottom + 18}" text-anchor="middle">${point.toLocaleString('en')}</text>`,
  )
  return [...across, ...below].join('\n')
}

/** Labels from the right that do not run into each other. */
function farApart(labels) {
  const kept = []
  for (const label of labels.toReversed()) if (kept.length === 0 || kept.at(-1).at - label.at > 48) kept.push(label)
  return kept
}

function roundUp(cost) {
  const power = 10 ** Math.floor(Math.log10(cost))
  return [1, 2, 4, 6, 8, 10].map(step => step * power).find(step => step >= cost)
}
