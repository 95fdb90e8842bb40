// results/: all rows of a version as JSON, its page of tables, and its charts.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bars } from './chart.mjs'
import { GROUPS } from './groups.mjs'
import { page } from './tables.mjs'

const FOLDER = fileURLToPath(new URL('results/', import.meta.url))
/** Loads that are drawn side by side: file -> loads. */
const CHARTS = { hello: ['plain', 'realistic'], pipelined: ['pipelined x16'], bodies: ['post 1 kB', '100 kB'] }

/** A table is replaced as a whole: its rows must be from one run, or they cannot be compared. */
export function write(version, rows) {
  mkdirSync(FOLDER, { recursive: true })
  const file = `${FOLDER}${version}.json`
  const isNew = old => !rows.some(({ group, load }) => group === old.group && load === old.load)
  const before = existsSync(file) ? rowsOf(file).filter(isNew) : []
  const all = inOrder([...before, ...rows])
  writeFileSync(file, `${JSON.stringify({ version, rows: all }, null, 1)}\n`)
  writeFileSync(`${FOLDER}${version}.md`, page(version, GROUPS, all))
  for (const [name, loads] of Object.entries(CHARTS)) {
    const mine = all.filter(row => row.group === 'one' && row.error === undefined)
    if (loads.every(load => mine.some(row => row.load === load)))
      writeFileSync(`${FOLDER}${version}-${name}.svg`, bars(loads, `Node ${version}`, mine))
  }
}

/** None from a file of another form: nothing that is there may be the reason why a new measurement is not kept. */
function rowsOf(file) {
  try {
    const { rows } = JSON.parse(readFileSync(file, 'utf8'))
    return Array.isArray(rows) ? rows : []
  } catch {
    return []
  }
}

function inOrder(rows) {
  const loads = Object.values(GROUPS).flatMap(group => Object.keys(group.loads))
  return rows.toSorted((a, b) => loads.indexOf(a.load) - loads.indexOf(b.load))
}
