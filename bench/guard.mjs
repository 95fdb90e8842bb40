// Compares two commits of the project: fails when CPU per request has grown beyond the limit.
// Usage: npm run bench:guard -- [BASE=HEAD~1] [HEAD=the working tree] [--limit=5] [--rounds=5] [--most=15] [--apps=fetch,node] [--load=plain] [--aa]
// --aa compares BASE (by default HEAD) with itself in --rounds pairs, adds them to results/aa.json, and tells the rate of false alarms.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { checkouts } from './checkouts.mjs'
import { LOADS } from './loads.mjs'
import { measure, warmUp } from './measure.mjs'
import { start } from './processes.mjs'
import { median } from './statistics.mjs'
import { rehearse, verdictOf } from './verdict.mjs'

const text = { type: 'string' }
const { values, positionals } = parseArgs({
  options: { aa: { type: 'boolean' }, apps: text, rounds: text, most: text, limit: text, load: text },
  allowPositionals: true,
})
const limit = Number(values.limit ?? 5)
const rounds = Number(values.rounds ?? 5)
const most = Number(values.most ?? 3 * rounds)
const load = LOADS[values.load ?? 'realistic, fields differ']
if (load === undefined)
  throw new Error(`Cannot use the load ${values.load}: there are ${Object.keys(LOADS).join('; ')}`)
const apps = values.apps?.split(',') ?? ['psgi-hello', 'fetch', 'node']
const root = fileURLToPath(new URL('..', import.meta.url))
const WARM_UP = { least: 5, most: 8 }
const SLICES = 4
const SLICE_SECONDS = 2

const trees = checkouts(root)
process.on('exit', trees.remove)
if (values.aa) await compareWithItself(trees.of(positionals[0] ?? 'HEAD'))
else await compare(trees.of(positionals[0] ?? 'HEAD~1'), trees.of(positionals[1]))

async function compare(before, after) {
  for (const app of apps) {
    const ratios = []
    let verdict = { word: 'undecided' }
    // A verdict that is not clear gets more pairs, up to a limit.
    while (ratios.length < most && verdict.word === 'undecided') {
      for (let i = 0; i < rounds && ratios.length < most; i++) ratios.push(await ratioOf([before, after], app))
      verdict = verdictOf(ratios, limit)
    }
    const hint = verdict.word === 'undecided' ? `, more rounds are needed (--most=${3 * most})` : ''
    console.log(`${app}: ${verdict.text}: ${verdict.word}${hint}`)
    if (verdict.word === 'worse') process.exitCode = 1
  }
}

async function compareWithItself(tree) {
  const file = join(root, 'bench', 'results', 'aa.json')
  const ratios = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
  for (let i = 0; i < rounds; i++) {
    ratios.push(await ratioOf([tree, tree], apps[i % apps.length]))
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, `${JSON.stringify(ratios)}\n`)
  }
  const apart = ratios.map(ratio => 100 * Math.abs(Math.log(ratio)))
  console.log(
    `${ratios.length} pairs of a commit with itself: ${median(apart).toFixed(1)} % apart (median), ${Math.max(...apart).toFixed(1)} % at most`,
  )
  for (const change of [0, 0.05, 0.1, 0.15]) {
    const { worse, ok, undecided } = rehearse(ratios, { rounds: 5, most: 15, limit }, change)
    const [bad, good, none] = [worse, ok, undecided].map(part => `${(100 * part).toFixed(1)} %`)
    console.log(`A change of ${100 * change} %: worse ${bad}, ok ${good}, undecided ${none}`)
  }
}

/**
 * CPU per request of the second version by that of the first. Both are under load at the same time: they take turns on their core
 * every few milliseconds, so that whatever slows the machine down slows both. One after the other, second by second, they differ by half.
 */
async function ratioOf(folders, app) {
  const servers = []
  try {
    for (const folder of folders) servers.push(await start(serverOf(folder, app)))
    await Promise.all(servers.map(server => warmUp(server, load, WARM_UP)))
    const slices = []
    for (let i = 0; i < SLICES; i++)
      slices.push(await Promise.all(servers.map(server => measure(server, load, SLICE_SECONDS))))
    const ratio = median(slices.map(([before, after]) => after.cpu / before.cpu))
    const told = slices.map(pair => pair.map(({ cpu }) => cpu.toFixed(1)).join(' -> ')).join(', ')
    console.error(`${app}: ${told} us, ratio ${ratio.toFixed(3)}`)
    return ratio
  } finally {
    for (const server of servers) await server.stop()
  }
}

function serverOf(folder, app) {
  const options = ['--workers=0', '--quiet', '--host=127.0.0.1']
  const file = join(root, 'bench', 'apps', `${app}.mjs`)
  return {
    command: port => [process.execPath, join(folder, 'bin', 'starlight.js'), ...options, `--port=${port}`, file],
  }
}
