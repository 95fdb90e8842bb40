// Time from the start of the command to the first byte, and to all workers; memory (PSS) of the whole server.
// Usage: node bench/startup.mjs [--node=PATH or 20,24,26] [--workers=0,1,4,8,20]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { nodesOf } from './nodes.mjs'
import { memory as memoryOf } from './processes.mjs'
import { median } from './statistics.mjs'

const { values } = parseArgs({ options: { node: { type: 'string' }, workers: { type: 'string' } } })
const here = new URL('.', import.meta.url).pathname
const bin = join(here, '..', 'bin', 'starlight.js')
const TRIES = 7
// Below those that the system gives to clients.
let port = 20_000 + (process.pid % 10_000)

for (const { binary, version } of nodesOf(values.node)) await table(binary, version)

async function table(node, version) {
  console.log(`Node ${version}, medians of ${TRIES}\n`)
  console.log('| | first byte, cold | first byte, warm | all workers serve | PSS MB |')
  console.log('| --- | ---: | ---: | ---: | ---: |')
  await row('node hello-http.mjs', at => [node, join(here, 'apps', 'serve.mjs'), 'node:http', String(at)], 0)
  for (const workers of values.workers?.split(',').map(Number) ?? [0, 1, 4, 8, 20])
    await row(`starlight --workers=${workers} hello.ts`, at => [node, ...starlight(at, workers)], workers)
  // What TypeScript (a thread for Node's hooks before 22.15), the classes of Fetch and the watchdog (a thread) cost.
  const bare = ['--no-watchdog', '--interface=psgi', join(here, 'apps', 'psgi-hello.mjs')]
  await row(
    'starlight --workers=20 --no-watchdog --interface=psgi hello.mjs',
    at => [node, ...starlight(at, 20, bare)],
    20,
  )
  console.log('')
}

function starlight(at, workers, app = [join(here, '..', 'examples', 'hello.ts')]) {
  return [bin, `--workers=${workers}`, '--host=127.0.0.1', `--port=${at}`, ...app]
}

async function row(name, command, workers) {
  const cold = []
  const warm = []
  const all = []
  let pss = 0
  for (let i = 0; i < TRIES; i++) {
    const cache = mkdtempSync(join(tmpdir(), 'starlight-startup-'))
    cold.push((await onceStarted(command, workers, cache)).first)
    const { first, ready, memory } = await onceStarted(command, workers, cache)
    warm.push(first)
    all.push(ready)
    pss = memory
    rmSync(cache, { recursive: true })
  }
  const ms = times => `${median(times).toFixed(0)} ms`
  console.log(`| ${name} | ${ms(cold)} | ${ms(warm)} | ${workers === 0 ? '' : ms(all)} | ${pss.toFixed(0)} |`)
}

/** One start; caches of compiled code are looked for below `cache`. Not in this folder: next to a tsconfig.json all is taken for TypeScript. */
async function onceStarted(command, workers, cache) {
  const [program, ...args] = command(++port)
  const startedAt = performance.now()
  const child = spawn(program, args, {
    cwd: cache,
    env: { ...process.env, TMPDIR: cache },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let ready = Number.NaN
  child.stderr.on('data', text => {
    if (/serving/.test(text)) ready = performance.now() - startedAt
  })
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`Cannot start ${command(port).join(' ')}: exit code ${child.exitCode}`)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  const first = performance.now() - startedAt
  while (workers > 0 && Number.isNaN(ready)) await new Promise(resolve => setTimeout(resolve, 5))
  await new Promise(resolve => setTimeout(resolve, 500))
  const memory = memoryOf(child.pid, 'Pss')
  child.kill('SIGTERM')
  await once(child, 'close')
  return { first, ready, memory }
}

function answers(at) {
  return new Promise(resolve => {
    const socket = connect(at, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
    socket.once('data', () => resolve(true) || socket.destroy())
    socket.once('error', () => resolve(false))
  })
}
