// The benchmark. Servers take turns in rounds, so that a noisy minute hits all of them; medians and their spread are printed as
// Markdown, and written to results/ with JSON and charts. Usage: see README.md
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { GROUPS, lackOf } from './groups.mjs'
import { measure, warmUp } from './measure.mjs'
import { nodesOf } from './nodes.mjs'
import { start } from './processes.mjs'
import { write } from './results.mjs'
import { median, spread } from './statistics.mjs'
import { page } from './tables.mjs'

const text = { type: 'string' }
const OPTIONS = {
  quick: { type: 'boolean' },
  groups: text,
  only: text,
  loads: text,
  node: text,
  rounds: text,
  seconds: text,
}
const QUICK = {
  servers: ['starlight psgi', 'starlight fetch', 'starlight node', 'node:http', 'bun', 'deno'],
  loads: ['plain', 'realistic', 'pipelined x16'],
}
/** Seconds of the first load on a fresh server, if its group has no other, and of each that follows. */
const WARM_UPS = { first: { least: 3, most: 5 }, next: { least: 1, most: 1 } }

const { values } = parseArgs({ options: OPTIONS })
const seconds = Number(values.seconds ?? (values.quick ? 2 : 1))
const wanted = {
  groups: values.groups?.split(',') ?? (values.quick ? ['one'] : Object.keys(GROUPS)),
  loads: values.loads?.split(',') ?? (values.quick ? QUICK.loads : undefined),
}
prepare()
for (const node of nodesOf(values.node)) {
  const rows = []
  for (const name of wanted.groups) {
    const more = await runGroup(name, GROUPS[name], node.binary)
    write(node.version, more)
    rows.push(...more)
  }
  console.log(`\n${page(node.version, GROUPS, rows)}`)
}

/** The peers are no dependencies of the project: they are installed here, when somebody asks for the benchmark. */
function prepare() {
  const unknown = wanted.groups.filter(name => GROUPS[name] === undefined)
  if (unknown.length > 0) throw new Error(`Cannot run the group ${unknown[0]}: there are ${Object.keys(GROUPS)}`)
  const here = fileURLToPath(new URL('.', import.meta.url))
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: `${here}..`, stdio: 'inherit' })
  if (!existsSync(`${here}node_modules`))
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' })
}

function isWanted(server) {
  if (values.only !== undefined) return values.only.split(',').some(part => server.includes(part))
  return !values.quick || QUICK.servers.includes(server)
}

async function runGroup(name, group, node) {
  const lack = lackOf(group)
  if (lack !== undefined) console.error(`${group.title}: ${lack}`)
  const loads = Object.entries(group.loads).filter(([load]) => wanted.loads?.includes(load) ?? true)
  if (lack !== undefined || loads.length === 0) return []
  const servers = Object.entries(group.servers(node)).filter(([server]) => isWanted(server))
  const rounds = Number(values.rounds ?? (values.quick ? 1 : group.rounds))
  const runs = new Map()
  for (let round = 0; round < rounds; round++) {
    for (const [server, how] of servers) {
      const mine = loads.filter(([load]) => group.mayTake?.(how, load) ?? true)
      const figures = await oneTurn(how, mine, group.warmUp).catch(error => mine.map(() => ({ error: error.message })))
      for (const [i, [load]] of mine.entries()) {
        const key = JSON.stringify({ group: name, load, server })
        runs.set(key, [...(runs.get(key) ?? []), figures[i]])
      }
    }
  }
  process.stderr.write('\n')
  return [...runs].map(([key, all]) => ({ ...JSON.parse(key), ...summary(all), rounds, seconds }))
}

/** The figures of each load on a server that is started for them. */
async function oneTurn(server, loads, first = WARM_UPS.first) {
  const running = await start(server)
  const figures = []
  try {
    for (const [, load] of loads) {
      const pace = figures.length === 0 ? first : WARM_UPS.next
      const one = warmUp(running, load, pace).then(() => measure(running, load, seconds))
      figures.push(await one.catch(error => ({ error: String(error.message).slice(0, 300) })))
      process.stderr.write('.')
    }
    return figures
  } finally {
    await running.stop()
  }
}

function summary(all) {
  const good = all.filter(({ error }) => error === undefined)
  if (good.length === 0) return { error: all[0].error }
  const middles = [...new Set(good.flatMap(Object.keys))].map(field => {
    const numbers = good.map(figures => figures[field]).filter(Number.isFinite)
    return [field, numbers.length > 0 ? median(numbers) : undefined]
  })
  const cpus = good.map(({ cpu }) => cpu)
  const bound = good.map(each => each.bound).filter(Boolean)
  return { ...Object.fromEntries(middles), spread: spread(cpus), cpus, bound: bound[Math.floor(good.length / 2)] }
}
