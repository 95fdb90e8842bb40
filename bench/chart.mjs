// Bars as SVG, readable on light and dark pages.
const ROW = 22
const LEFT = 150
const WIDTH = 640

/** CPU per request of every server under one load: shorter is better. */
export function chart(load, version, table) {
  const rows = table.filter(row => row.load === load && row.error === undefined).toSorted((a, b) => a.cpu - b.cpu)
  const longest = Math.max(...rows.map(row => row.cpu))
  const bars = rows.map((row, i) => {
    const y = 40 + i * ROW
    const length = Math.max(1, ((WIDTH - LEFT - 60) * row.cpu) / longest)
    const color = row.server.startsWith('starlight') ? '#c2410c' : '#94a3b8'
    return `<text x="${LEFT - 8}" y="${y + 14}" text-anchor="end">${row.server}</text>
<rect x="${LEFT}" y="${y + 2}" width="${length.toFixed(1)}" height="${ROW - 6}" fill="${color}"/>
<text x="${(LEFT + length + 6).toFixed(1)}" y="${y + 14}">${row.cpu.toFixed(1)}</text>`
  })
  const height = 50 + rows.length * ROW
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<style>text{font:12px system-ui,sans-serif;fill:#64748b}.t{font-weight:600}</style>
<text class="t" x="8" y="20">${load}: microseconds of CPU per request (Node ${version})</text>
${bars.join('\n')}
</svg>
`
}
