// `npm test`: builds, runs the tests and ends with node's own summary. Arguments are files or folders of tests;
// `--except=FOLDER` leaves some out, `--no-build` runs what is built, `--test-name-pattern=WORDS` and `--test-skip-pattern=WORDS` (from
// Node 22.1 on) choose tests, and `--watch` builds and runs again whenever a source changes. Works on every Node line: the files are
// listed here, because Node 20 knows no globs, and run here, because `node --test` takes them in the order of the alphabet: one long
// file at the end keeps everybody waiting. Fails when there was nothing to run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, watch } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { run as runTests } from 'node:test'
import { spec } from 'node:test/reporters'
import { filesBelow, ROOT } from './files.mjs'

/** Test files at a time. Those below test/process wait half of their time, for processes and for clocks. */
const CONCURRENCY = Math.min(8, availableParallelism() + 2)
/** A test file that takes longer hangs; one that starts servers says at what, a minute earlier (test/support/file-limit.ts). */
const TIMEOUT_MS = 660_000 + 2000 * Number(process.env.STARLIGHT_ZERO_LOSS_SECONDS ?? 0)
/** The longest files start first, in this order; then the others below test/process, then the rest. */
const LONGEST = [
  'test/process/zero-loss.test.ts',
  'test/process/plackup.test.ts',
  'test/process/options/workers.test.ts',
  'test/process/options/timeouts.test.ts',
  'test/process/admin-attack.test.ts',
  'test/process/docs-blocks.test.ts',
  'test/process/supervisor.test.ts',
]
/** So many of the slowest files are named at the end, when it was more than a few. */
const NAMED = 12

const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
const options = process.argv.slice(2).filter(argument => argument.startsWith('--'))
const KNOWN = /^--(?:except=.|no-build$|watch$|test-(?:name|skip)-pattern=.)/
/** Changes within this time are one. */
const SETTLE_MS = 200
const WRONG_USE = 2
const wanted = process.argv.slice(2).filter(argument => !argument.startsWith('--'))
const valuesOf = name =>
  options.filter(option => option.startsWith(`${name}=`)).map(option => option.slice(name.length + 1))
const unwanted = valuesOf('--except')

process.exitCode = options.includes('--watch') ? await mainAgainAndAgain() : await main()

/** Runs at once, and again after each change below src and test, until it is interrupted. */
async function mainAgainAndAgain() {
  let changed = () => undefined
  for (const folder of ['src', 'test', 'perl']) watch(join(ROOT, folder), { recursive: true }, () => changed())
  for (;;) {
    const change = new Promise(resolve => {
      changed = resolve
    })
    const code = await main()
    if (code === WRONG_USE) return code
    console.log(`\n${code === 0 ? 'All passed' : 'Failed'}; waiting for a change\n`)
    await change
    await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
  }
}

async function main() {
  const unknown = [
    ...options.filter(option => !KNOWN.test(option)),
    ...[...wanted, ...unwanted].filter(place => !existsSync(join(ROOT, place))),
  ]
  if (unknown.length > 0) {
    console.error(`Cannot test with "${unknown.join(' ')}": no such option, file or folder`)
    return WRONG_USE
  }
  const tests = filesBelow('test', '.test.ts').filter(isWanted)
  if (tests.length === 0) {
    console.error(`Cannot test: no test file matches "${wanted.join(' ')}", at least one is needed`)
    return 1
  }
  if (!options.includes('--no-build')) {
    const code = await build()
    if (code !== 0) return code
  }
  return await run(
    tests.sort((one, other) => rank(one) - rank(other)).map(test => join(ROOT, 'build', test.replace(/\.ts$/, '.js'))),
  )
}

function isWanted(test) {
  const matches = place => test === place || test.startsWith(`${place.replace(/^\.\//, '').replace(/\/$/, '')}/`)
  return (wanted.length === 0 || wanted.some(matches)) && !unwanted.some(matches)
}

async function build() {
  // What a former state of the sources left behind must not be tested.
  rmSync(join(ROOT, 'build'), { recursive: true, force: true })
  for (const step of [[TSC, '-p', 'tsconfig.build.json'], ['scripts/bundle.mjs'], [TSC, '-p', 'tsconfig.json']]) {
    const code = await node(step, 'inherit')
    if (code !== 0) return code
  }
  return 0
}

function rank(test) {
  const place = LONGEST.indexOf(test)
  if (place !== -1) return place
  return LONGEST.length + (test.startsWith('test/process/') ? 0 : 1)
}

async function run(files) {
  // A test that runs this script is not one of its tests.
  delete process.env.NODE_TEST_CONTEXT
  const count = { passed: 0, failed: 0 }
  const durations = new Map()
  const tests = runTests({
    files,
    concurrency: CONCURRENCY,
    timeout: TIMEOUT_MS,
    testNamePatterns: patternsOf('--test-name-pattern'),
    testSkipPatterns: patternsOf('--test-skip-pattern'),
  })
  const note = ({ nesting, file, details }) => {
    if (nesting === 0 && file !== undefined) durations.set(file, (durations.get(file) ?? 0) + details.duration_ms)
  }
  tests.on('test:pass', data => {
    count.passed++
    note(data)
  })
  tests.on('test:fail', data => {
    count.failed++
    note(data)
  })
  const output = tests.compose(new spec())
  output.pipe(process.stdout, { end: false })
  await once(output, 'end')
  if (durations.size > NAMED) tellSlowest(durations)
  if (count.passed + count.failed === 0) console.error('Cannot test: the files hold no test, at least one is needed')
  return count.failed > 0 || count.passed === 0 ? 1 : 0
}

function patternsOf(name) {
  const values = valuesOf(name)
  return values.length === 0 ? undefined : values.map(value => new RegExp(value))
}

/** Which files to split, or to start earlier. Tests that run side by side count each. */
function tellSlowest(durations) {
  const slowest = [...durations].sort(([, one], [, other]) => other - one).slice(0, NAMED)
  console.log('\nSlowest files (seconds of their tests):')
  for (const [file, ms] of slowest)
    console.log(`${(ms / 1000).toFixed(1).padStart(6)}  ${relative(join(ROOT, 'build'), file)}`)
}

async function node(args, stdout) {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', stdout, 'inherit'] })
  const [code, signal] = await once(child, 'close')
  return code ?? (signal === null ? 1 : 128)
}
