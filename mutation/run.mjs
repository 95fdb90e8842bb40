// `npm run mutation`: changes the sources, one small change (mutant) at a time, and runs the tests that reach it: a mutant that no test
// notices survives. Arguments are files or folders of src/; without any, MUTATED. `--every=N` tries one in N only, spread over all.
// Prints the survivors and the score, the share of mutants that were noticed. Stryker's instrumenter puts all mutants into the code, each behind a switch, so that all is
// bundled once and a mutant costs one start of Node; Stryker itself would run every test, or start one process for each test file.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { rolldown } from 'rolldown'
import { filesBelow, ROOT, textOf } from '../scripts/files.mjs'

const MUTATED = ['src/http1', 'src/pool', 'src/supervisor/state']
/** Tests without processes and without clocks. */
const TESTS = [
  'test/http1',
  'test/rfc9112',
  'test/corpus',
  'test/pool',
  'test/supervisor/state',
  'test/supervisor/master',
  'test/supervisor/admin',
]
const MORE_TESTS = ['test/server/response.rfc.test.ts', 'test/app/psgi/field-keys.test.ts']
const OUT = join(ROOT, 'build', 'mutation')
const IN_TEST = join(import.meta.dirname, 'in-test.mjs')
/** Beyond so many times the hits of the unchanged code it is an endless loop. */
const ENDLESS = 5
const TIMEOUT_MS = 20_000
/** Counting the hits of all mutants makes the unchanged code up to ten times as slow. */
const COUNTING_TIMEOUT_MS = 180_000

const { values, positionals } = parseArgs({ options: { every: { type: 'string' } }, allowPositionals: true })
const every = Number(values.every ?? 1)
if (!(every >= 1)) fail(`Cannot use --every=${values.every}: a number from 1 on is needed`)
const wanted = positionals.length > 0 ? positionals : MUTATED
const missing = wanted.filter(place => !place.startsWith('src/') || !existsSync(join(ROOT, place)))
if (missing.length > 0) fail(`Cannot mutate "${missing.join(' ')}": no such file or folder in src`)
const sources = wanted.flatMap(place => (place.endsWith('.ts') ? [place] : filesBelow(place, '.ts')))
const tests = [...TESTS.flatMap(folder => filesBelow(folder, '.test.ts')), ...MORE_TESTS]

const { mutants, codes } = await instrument()
rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT, { recursive: true })
await bundle()
const reached = await reach()
const results = await tryAll()
report()

async function instrument() {
  const { Instrumenter } = await import('@stryker-mutator/instrumenter').catch(() =>
    fail('Cannot find what mutates: run `npm ci --prefix mutation` first'),
  )
  const files = sources.map(name => ({ name, mutate: true, content: textOf(name) }))
  const quiet = { debug: () => undefined, info: () => undefined, isDebugEnabled: () => false }
  const made = await new Instrumenter(quiet).instrument(files, { plugins: null, ignorers: [], excludedMutations: [] })
  return {
    mutants: made.mutants,
    codes: new Map(made.files.map(({ name, content }) => [join(ROOT, name), faster(content)])),
  }
}

/** Counting the hits takes most of the time of a test, and is of use without a mutant only. */
function faster(code) {
  return code.replace('function stryCov_9fa48() {', '$& if (globalThis.__stryker__.activeMutant !== undefined) return')
}

async function bundle() {
  const build = await rolldown({
    input: Object.fromEntries(tests.map(test => [nameOf(test), join(ROOT, test)])),
    platform: 'node',
    external: /^[^./]/,
    treeshake: false,
    plugins: [{ name: 'mutants', load: id => (codes.has(id) ? { code: codes.get(id), moduleType: 'ts' } : null) }],
  })
  await build.write({ dir: OUT, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' })
  await build.close()
}

function nameOf(test) {
  return test
    .replace(/^test\//, '')
    .replace(/\.test\.ts$/, '')
    .replaceAll('/', '-')
}

/** Runs every test file on the code as it is. Returns those that reach a mutant: how long each takes, and how often it hits which. */
async function reach() {
  const found = []
  for (const test of tests) {
    const file = join(OUT, 'hits.json')
    const started = performance.now()
    const { failed, output } = await run(test, { COVERAGE_FILE: file }, COUNTING_TIMEOUT_MS)
    if (failed) fail(`Cannot mutate: ${test} fails on the code as it is: ${output}`)
    const ms = performance.now() - started
    const hits = JSON.parse(readFileSync(file, 'utf8'))
    if (Object.keys(hits).length > 0) found.push({ test, ms, hits, spent: 0, noticed: 0 })
  }
  return found
}

async function tryAll() {
  const found = []
  const waiting = mutants.filter((_, i) => i % every === 0)
  const work = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const result = { ...mutant, file: relative(ROOT, join(ROOT, mutant.fileName)), by: await noticed(mutant) }
      found.push(result)
      if (result.by === null || result.by === undefined) console.log(described(result))
    }
  }
  // Stopped early, it tells what it has.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => waiting.splice(0))
  await Promise.all(Array.from({ length: Math.max(1, availableParallelism() - 1) }, work))
  return found
}

/** The test that notices; null when none does, undefined when none even runs the place. */
async function noticed(mutant) {
  const able = reached.filter(({ hits }) => hits[mutant.id] > 0)
  for (const one of able.toSorted((a, b) => costOf(a) - costOf(b))) {
    const limits = { MUTANT: mutant.id, HIT_LIMIT: one.hits[mutant.id] * ENDLESS + 1000 }
    const started = performance.now()
    const { failed } = await run(one.test, limits, Math.ceil(Math.max(TIMEOUT_MS / 4, one.ms * 5)))
    one.spent += performance.now() - started
    if (!failed) continue
    one.noticed++
    return one.test
  }
  return able.length === 0 ? undefined : null
}

/** What a mutant costs until this test notices it, as far as is known: the cheapest comes first. */
function costOf({ ms, spent, noticed }) {
  return (ms + spent) / (noticed + 1)
}

async function run(test, env, timeout) {
  const args = [
    '--max-old-space-size=512',
    '--import',
    IN_TEST,
    '--test-reporter',
    IN_TEST,
    join(OUT, `${nameOf(test)}.mjs`),
  ]
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, NODE_COMPILE_CACHE: join(OUT, 'cache'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    killSignal: 'SIGKILL',
  })
  const output = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => output.push(data))
  const [code] = await once(child, 'close')
  return { failed: code !== 0, output: Buffer.concat(output).toString() }
}

function described({ file, location, mutatorName, replacement, by }) {
  const lines = textOf(file).split('\n')
  const { start, end } = location
  const was = lines
    .slice(start.line, end.line + 1)
    .join('\n')
    .slice(start.column, end.line === start.line ? end.column : undefined)
  const short = text => text.replace(/\s+/g, ' ').slice(0, 70)
  const state = by === null ? 'survived' : 'not reached'
  return `${file}:${start.line + 1}:${start.column + 1} ${state}, ${mutatorName}: ${short(was)} -> ${short(replacement)}`
}

function report() {
  const row = (name, list) => {
    const count = list.filter(({ by }) => typeof by === 'string').length
    const percent = ((100 * count) / list.length).toFixed(1)
    console.log(`${name.padEnd(44)} ${String(count).padStart(5)} of ${String(list.length).padStart(5)}  ${percent} %`)
  }
  console.log('')
  for (const file of sources) {
    const list = results.filter(result => result.file === file)
    if (list.length > 0) row(file, list)
  }
  row('all', results)
  writeFileSync(join(OUT, 'results.json'), JSON.stringify(results))
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
