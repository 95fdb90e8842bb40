// `npm test`: builds, runs the tests and ends with node's own summary. Arguments are files or folders of tests;
// `--except=FOLDER` leaves some out, `--no-build` runs what is built, `--test-name-pattern=WORDS` and `--test-only` go to Node, and
// `--watch` builds and runs again whenever a source changes. Works on every Node line: the files are listed here, because
// Node 20 knows no globs. Fails when there was nothing to run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, watch } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { filesBelow, ROOT } from './files.mjs'

/** Test files at a time. Process tests start several processes each, so more would only make them wait for each other. */
const CONCURRENCY = Math.min(4, Math.max(2, availableParallelism()))
/** A test file that takes longer hangs; the slowest one needs a small part of it, unless the machine has much else to do. */
const TIMEOUT_MS = 600_000

const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
const options = process.argv.slice(2).filter(argument => argument.startsWith('--'))
/** Options of `node --test` that are passed on. */
const PASSED_ON = /^--test-(?:name-pattern=|skip-pattern=|only$)/
const KNOWN = /^--(?:except=.|no-build$|watch$|test-(?:name-pattern=.|skip-pattern=.|only$))/
/** Changes within this time are one. */
const SETTLE_MS = 200
const WRONG_USE = 2
const wanted = process.argv.slice(2).filter(argument => !argument.startsWith('--'))
const unwanted = options
  .filter(option => option.startsWith('--except='))
  .map(option => option.slice('--except='.length))

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
  return await run(tests.map(test => `build/${test.replace(/\.ts$/, '.js')}`))
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

async function run(files) {
  let output = ''
  const args = [
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${CONCURRENCY}`,
    `--test-timeout=${TIMEOUT_MS}`,
    ...options.filter(option => PASSED_ON.test(option)),
    ...files,
  ]
  const code = await node(args, 'pipe', text => {
    process.stdout.write(text)
    output = (output + text).slice(-20_000)
  })
  const count = Number(/^.*\btests (\d+)$/m.exec(output)?.[1] ?? 0)
  if (code === 0 && count === 0) {
    console.error('Cannot test: the files hold no test, at least one is needed')
    return 1
  }
  return code
}

async function node(args, stdout, take = () => {}) {
  const { NODE_TEST_CONTEXT, ...env } = process.env
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', stdout, 'inherit'] })
  child.stdout?.setEncoding('utf8').on('data', take)
  const [code, signal] = await once(child, 'close')
  return code ?? (signal === null ? 1 : 128)
}
