// The benchmark. Servers take turns in rounds, so that a noisy moment hits all of them; medians and their spread are printed as
// Markdown, and written to results/ with JSON and charts. Usage: see README.md
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { AIMED_LOADS, accept, aimsTable, judge } from './aims.mjs'
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
  accept: { type: 'boolean' },
  groups: text,
  only: text,
  loads: text,
  node: text,
  rounds: text,
  seconds: text,
}
const QUICK = {
  groups: ['one', 'tls'],
  servers: ['starlight psgi', 'starlight fetch', 'starlight node', 'node:http', 'node:https', 'bun', 'deno'],
  loads: AIMED_LOADS,
}
/** Rounds for a load of which a quick look says that it fell: a noisy second can say so. */
const ROUNDS_AGAIN = 4
/** Seconds of the first load on a fresh server, if its group has no other, and of each that follows. */
const WARM_UPS = { first: { least: 3, most: 5 }, next: { least: 2, most: 4 } }

const { values } = parseArgs({ options: OPTIONS })
if (values.quick) WARM_UPS.next = { least: 1, most: 1 }
const seconds = Number(values.seconds ?? 1)
const wanted = {
  groups: values.groups?.split(',') ?? (values.quick ? QUICK.groups : Object.keys(GROUPS)),
  loads: values.loads?.split(',') ?? (values.quick ? QUICK.loads : undefined),
}
const rounds = values.rounds ?? (values.quick ? 1 : undefined)
prepare()
for (const node of nodesOf(values.node)) {
  const rows = await runGroups(node, wanted.loads, rounds)
  console.log(`\n${page(node.version, GROUPS, rows)}`)
  if (values.quick) await judgeQuickly(node, rows)
}

async function runGroups({ binary, version }, loads, rounds) {
  const rows = []
  for (const name of wanted.groups) {
    const more = await runGroup(name, GROUPS[name], binary, loads, rounds)
    if (more.length > 0) write(version, more)
    rows.push(...more)
  }
  return rows
}

/** Says which aims fell, after a longer look at them; `--accept` keeps what is reached. */
async function judgeQuickly(node, rows) {
  const fallen = new Set(judge(node.version, rows).flatMap(({ load, hasFallen }) => (hasFallen ? [load] : [])))
  const again = fallen.size > 0 ? await runGroups(node, [...fallen], ROUNDS_AGAIN) : []
  const judged = judge(node.version, [...again, ...rows])
  console.log(aimsTable(node.version, judged))
  if (values.accept) accept(node.version, judged)
  else if (judged.some(({ hasFallen }) => hasFallen)) process.exitCode = 1
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

async function runGroup(name, group, node, wantedLoads, wantedRounds) {
  const lack = lackOf(group)
  if (lack !== undefined) console.error(`${group.title}: ${lack}`)
  const loads = Object.entries(group.loads).filter(([load]) => wantedLoads?.includes(load) ?? true)
  if (lack !== undefined || loads.length === 0) return []
  const servers = Object.entries(group.servers(node)).filter(([server]) => isWanted(server))
  const rounds = Number(wantedRounds ?? group.rounds)
  const runs = new Map()
  const note = (server, load, figures) => {
    const key = JSON.stringify({ group: name, load, server })
    runs.set(key, [...(runs.get(key) ?? []), figures])
    process.stderr.write('.')
  }
  if (group.together) {
    // Twice from the start: V8 compiles a program a little differently each time.
    for (const turns of [Math.ceil(rounds / 2), Math.floor(rounds / 2)])
      if (turns > 0) await runTogether(group, servers, loads, turns, note)
  } else for (let round = 0; round < rounds; round++) await runInTurn(group, servers, loads, note)
  process.stderr.write('\n')
  return [...runs].map(([key, all]) => ({ ...JSON.parse(key), ...summary(all), rounds, seconds }))
}

/** All servers live at once, one without work costs nothing, and each load is their turn second by second: a noisy moment hits all of them. */
async function runTogether(group, servers, loads, rounds, note) {
  const running = []
  try {
    for (const [server, how] of servers)
      running.push({ server, how, one: await start(how).catch(error => ({ error: error.message })) })
    for (const [i, [load, what]] of loads.entries()) {
      const mine = running.filter(({ how }) => takes(group, how, load))
      for (const { one } of mine)
        await warmUp(one, what, i === 0 ? WARM_UPS.first : WARM_UPS.next).catch(() => undefined)
      for (let round = 0; round < rounds; round++) {
        for (const { server, one } of mine) note(server, load, await figuresOf(one, what))
        mine.reverse()
      }
    }
  } finally {
    for (const { one } of running) await one.stop?.()
  }
}

/** Each server is started for its turn: what it has done before is part of what these groups measure. */
async function runInTurn(group, servers, loads, note) {
  for (const [server, how] of servers) {
    const mine = loads.filter(([load]) => takes(group, how, load))
    const one = await start(how).catch(error => ({ error: error.message }))
    try {
      for (const [i, [load, what]] of mine.entries()) {
        await warmUp(one, what, i === 0 ? (group.warmUp ?? WARM_UPS.first) : WARM_UPS.next).catch(() => undefined)
        note(server, load, await figuresOf(one, what))
      }
    } finally {
      await one.stop?.()
    }
  }
}

function takes(group, server, load) {
  return group.mayTake?.(server, load) ?? true
}

/** What `measure` gives, or why there is nothing. */
async function figuresOf(one, load) {
  if (one.error !== undefined) return one
  return measure(one, load, seconds).catch(error => ({ error: String(error.message).slice(0, 300) }))
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
