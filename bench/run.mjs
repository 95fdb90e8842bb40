// The benchmark. Servers take turns in rounds, so that a noisy minute hits all of them; medians and their spread are printed,
// written as JSON and drawn. Usage: npm run bench -- [--quick] [--rounds=N] [--seconds=N] [--only=TEXT] [--loads=A,B] [--node=PATH]
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { chart } from './chart.mjs'
import { LOADS } from './loads.mjs'
import { measure, median, spread, start } from './measure.mjs'
import { serversOf } from './servers.mjs'

const OPTIONS = {
  quick: { type: 'boolean' },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  only: { type: 'string' },
  loads: { type: 'string' },
  node: { type: 'string' },
}
const QUICK_LOADS = ['plain', 'realistic', 'pipelined x16']
const QUICK_SERVERS = ['starlight psgi', 'starlight fetch', 'starlight node', 'node:http', 'bun', 'deno']

const { values } = parseArgs({ options: OPTIONS })
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5))
const seconds = Number(values.seconds ?? (values.quick ? 2 : 3))
const node = values.node ?? process.execPath
const here = new URL('.', import.meta.url).pathname
prepare()

const servers = Object.entries(serversOf(node)).filter(([name]) =>
  values.only
    ? values.only.split(',').some(part => name.includes(part))
    : !values.quick || QUICK_SERVERS.includes(name),
)
const names = values.loads?.split(',') ?? (values.quick ? QUICK_LOADS : Object.keys(LOADS))
const results = new Map()
for (let round = 0; round < rounds; round++) {
  for (const [name, server] of servers) await oneTurn(name, server)
}
const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
const table = summary()
print(table)
mkdirSync(`${here}results`, { recursive: true })
writeFileSync(`${here}results/${version}.json`, `${JSON.stringify({ version, rounds, seconds, table }, null, 2)}\n`)
for (const load of names)
  writeFileSync(`${here}results/${version}-${load.replace(/\W+/g, '-')}.svg`, chart(load, version, table))

/** The peers are no dependencies of the project: they are installed here, when somebody asks for the benchmark. */
function prepare() {
  if (!existsSync(`${here}../dist/cli/main.js`))
    execFileSync('npm', ['run', 'build'], { cwd: `${here}..`, stdio: 'inherit' })
  if (!existsSync(`${here}node_modules`))
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' })
}

async function oneTurn(name, server) {
  const running = await start(server)
  try {
    for (const load of names) {
      if (name.includes('floor') && LOADS[load].isForFloor === false) continue
      const key = `${name}\n${load}`
      const figures = await measure(running, LOADS[load], seconds).catch(error => ({
        error: String(error.message).slice(0, 300),
      }))
      results.set(key, [...(results.get(key) ?? []), figures])
      process.stderr.write('.')
    }
  } finally {
    await running.stop()
  }
}

function summary() {
  return [...results].map(([key, runs]) => {
    const [server, load] = key.split('\n')
    const good = runs.filter(({ error }) => error === undefined)
    if (good.length === 0) return { server, load, error: runs[0].error }
    const middle = field => median(good.map(figures => figures[field]))
    return {
      server,
      load,
      cpu: middle('cpu'),
      spread: spread(good.map(({ cpu }) => cpu)),
      rate: middle('rate'),
      p50: middle('p50'),
      p99: middle('p99'),
      memory: middle('memory'),
      isLoadBound: good.some(({ isLoadBound }) => isLoadBound),
    }
  })
}

function print(rows) {
  console.log(`\nNode ${version}, ${rounds} rounds of ${seconds} s; server on one core, wrk on the other`)
  for (const load of names) {
    console.log(
      `\n### ${load}\n\n| server | us CPU/request | +- | requests/s | p50 ms | p99 ms | RSS MB |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |`,
    )
    for (const row of rows.filter(each => each.load === load).toSorted((a, b) => (a.cpu ?? 1e9) - (b.cpu ?? 1e9))) {
      if (row.error !== undefined) console.log(`| ${row.server} | ${row.error.split('\n')[0]} |`)
      else {
        // The server had time left: its rate says how fast wrk is. CPU per request holds all the same.
        const rate = `${Math.round(row.rate)}${row.isLoadBound ? ' (wrk)' : ''}`
        const cells = [
          row.cpu.toFixed(1),
          `${(100 * row.spread).toFixed(0)} %`,
          rate,
          row.p50.toFixed(2),
          row.p99.toFixed(2),
          row.memory.toFixed(0),
        ]
        console.log(`| ${row.server} | ${cells.join(' | ')} |`)
      }
    }
  }
}
