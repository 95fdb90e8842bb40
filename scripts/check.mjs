// `npm run check`: the gate. One line per step; at the first step that fails, what it said, and exit code 1. `--no-tests` leaves out
// the tests, for those who have just run them.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './files.mjs'

const bin = (name, file = name) => join(ROOT, 'node_modules', name, 'bin', file)
const script = name => [`scripts/${name}.mjs`]
const tests = (...args) => ['scripts/test.mjs', '--no-build', ...args]

/** Name of the step -> arguments of node. */
const STATIC = {
  types: [bin('typescript', 'tsc'), '-p', 'tsconfig.json', '--noEmit'],
  package: [bin('typescript', 'tsc'), '-p', 'tsconfig.build.json'],
  bundle: script('bundle'),
  examples: [bin('typescript', 'tsc'), '-p', 'examples/tsconfig.json', '--noEmit'],
  lint: [bin('@biomejs/biome', 'biome'), 'check', '--error-on-warnings', '.'],
  layers: script('check-layers'),
  mirror: script('check-mirror'),
  size: script('check-size'),
  lock: script('check-lock'),
  regexps: script('check-regexps'),
  generated: [...script('generate'), '--check'],
}
const TESTS = {
  build: [bin('typescript', 'tsc'), '-p', 'tsconfig.json'],
  unit: tests('--except=test/process', '--except=test/rfc9112', '--except=test/corpus', '--except=test/contract'),
  rfc9112: tests('test/rfc9112'),
  corpus: tests('test/corpus'),
  contract: tests('test/contract'),
}

const given = process.argv.slice(2)
const unknown = given.filter(argument => argument !== '--no-tests')
if (unknown.length > 0) {
  console.error(`Cannot check with "${unknown.join(' ')}": --no-tests is the only option`)
  process.exit(2)
}
const steps = given.length === 0 ? { ...STATIC, ...TESTS } : STATIC

for (const [name, args] of Object.entries(steps)) {
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const count = /\bpass (\d+)$/m.exec(stdout)?.[1]
  const detail = count === undefined ? '' : `, ${count} tests passed`
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s${status === 0 ? detail : ''})`)
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}\n`)
    process.exit(1)
  }
}
console.log('All steps passed')
