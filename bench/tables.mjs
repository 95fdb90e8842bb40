// Results as Markdown tables.

const percent = part => `${(100 * part).toFixed(0)} %`
const columns = {
  'us CPU/request': row => row.cpu.toFixed(1),
  '+-': row => (row.rounds > 1 ? percent(row.spread) : undefined),
  // The server had time left: its rate says how fast the load generator is.
  'requests/s': row => `${Math.round(row.rate)}${row.bound === undefined ? '' : ` (${row.bound})`}`,
  'MB per CPU second': row => row.moved?.toFixed(0),
  'p50 ms': row => row.p50?.toFixed(2),
  'p99 ms': row => row.p99?.toFixed(2),
  'lag ms': row => row.lag?.toFixed(2),
  resumed: row => (row.resumed === undefined ? undefined : percent(row.resumed)),
  'bytes each': row => row.bytesEach?.toFixed(0),
  'by without': row => row.besideIdle?.toFixed(2),
  'RSS MB': row => row.memory.toFixed(0),
  'cores, server + load': row => `${percent(row.serverCore)} + ${percent(row.loadCore)}`,
}

export const LEGEND = `CPU is user and system time of the server and its children; "+-" is half of the distance between the quartiles of the rounds. The
server has one core and the load generator another one, of which the last column says how busy they were. \`(wrk)\` or \`(client)\` behind a rate:
the server had time left and the load generator was the busier of the two, so that the rate is the load generator's; CPU per
request holds all the same. RSS counts memory that processes share once for each of them.`

/** One table: the servers under one load, cheapest first. */
export function table(load, rows) {
  const sorted = rows.toSorted((a, b) => (a.cpu ?? Number.MAX_VALUE) - (b.cpu ?? Number.MAX_VALUE))
  const good = rows.filter(({ error }) => error === undefined)
  const shown = Object.entries(columns).filter(([, cell]) => good.some(row => cell(row) !== undefined))
  const lines = sorted.map(row => {
    if (row.error !== undefined) return `| ${row.server} | ${row.error.split('\n')[0].replaceAll('|', '/')} |`
    return `| ${[row.server, ...shown.map(([, cell]) => cell(row) ?? '')].join(' | ')} |`
  })
  return [
    `### ${load}`,
    '',
    `| ${['server', ...shown.map(([name]) => name)].join(' | ')} |`,
    `| --- |${' ---: |'.repeat(shown.length)}`,
    ...lines,
    '',
  ].join('\n')
}

/** All tables of a version. `groups`: name -> { title, note }. */
export function page(version, groups, rows) {
  const parts = Object.entries(groups).map(([name, { title, note }]) => {
    const mine = rows.filter(row => row.group === name)
    if (mine.length === 0) return ''
    const { rounds, seconds } = mine[0]
    const loads = [...new Set(mine.map(row => row.load))]
    const intro = `## ${title}\n\nNode ${version}; medians of ${rounds} rounds of ${seconds} s.${note === undefined ? '' : ` ${note}`}\n`
    return [
      intro,
      ...loads.map(load =>
        table(
          load,
          mine.filter(row => row.load === load),
        ),
      ),
    ].join('\n')
  })
  return `${[`# Node ${version}`, LEGEND, ...parts.filter(Boolean)].join('\n\n')}`
}
