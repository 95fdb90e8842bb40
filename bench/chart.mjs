// Bars as SVG. The colours are readable on light and on dark pages; where the reader's preference is known, better ones are taken.
import { median } from './statistics.mjs'

const ROW = 22
const TOP = 52
const GAP = 24
/** Widest that a letter of the font gets on average. */
const LETTER = 7
/** Times the median that a bar may be long. */
const BREAK = 3
const OURS = '#c2410c'
const THEIRS = '#8c959f'
export const STYLE = `<style>text{font:12px system-ui,sans-serif;fill:#6e7781}.t{font-weight:600}
@media (prefers-color-scheme:dark){text{fill:#b1bac4}}@media (prefers-color-scheme:light){text{fill:#424a53}}</style>`

/** CPU per request of every server under each of the loads, one panel for a load: shorter is better. */
export function bars(loads, title, rows) {
  const panels = loads.map(load => rows.filter(row => row.load === load).toSorted((a, b) => a.cpu - b.cpu))
  const names = LETTER * Math.max(...rows.map(({ server }) => server.length)) + 12
  const width = loads.length === 1 ? 640 : 420 * loads.length
  const panelWidth = (width - GAP * (loads.length - 1)) / loads.length
  const height = TOP + ROW * Math.max(...panels.map(panel => panel.length)) + 8
  // One scale for all: they are looked at side by side. A bar that would make the others dots is broken off.
  const all = panels.flat().map(({ cpu }) => cpu)
  const longest = Math.min(Math.max(...all), BREAK * median(all))
  const drawn = panels.map((panel, i) =>
    onePanel(loads[i], panel, { left: i * (panelWidth + GAP), names, width: panelWidth, longest }),
  )
  const heading = `microseconds of CPU per request, less is better (${title})`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${heading}">
${STYLE}
<text class="t" x="8" y="18">${heading}</text>
${drawn.join('\n')}
</svg>
`
}

function onePanel(load, rows, { left, names, width, longest }) {
  const start = left + names
  const drawn = rows.map(({ server, cpu }, i) => {
    const y = TOP + i * ROW
    const length = Math.max(1, ((width - names - 44) * Math.min(cpu, longest)) / longest)
    const gap =
      cpu > longest
        ? `<path d="M${start + length - 16} ${y + ROW - 4}l6 -${ROW - 6}h4l-6 ${ROW - 6}z" fill="#fff"/>`
        : ''
    const color = server.startsWith('starlight') ? OURS : THEIRS
    return `<text x="${start - 8}" y="${y + 14}" text-anchor="end">${server}</text>
<rect x="${start}" y="${y + 2}" width="${length.toFixed(1)}" height="${ROW - 6}" fill="${color}"/>${gap}
<text x="${(start + length + 6).toFixed(1)}" y="${y + 14}">${cpu.toFixed(1)}</text>`
  })
  return [`<text class="t" x="${start}" y="${TOP - 8}">${load}</text>`, ...drawn].join('\n')
}
