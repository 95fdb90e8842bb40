// Time from the start of the command to the first byte, and to all workers; memory (PSS) of the whole server.
// Usage: node bench/startup.mjs [--node=PATH]
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median } from './measure.mjs'

const { values } = parseArgs({ options: { node: { type: 'string' } } })
const node = values.node ?? process.execPath
const here = new URL('.', import.meta.url).pathname
const bin = join(here, '..', 'bin', 'starlight.js')
const TRIES = 7
let port = 30_000 + (process.pid % 10_000)

console.log(`Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}, medians of ${TRIES}\n`)
console.log(
  '| | first byte, cold | first byte, warm | all workers serve | PSS MB |\n| --- | ---: | ---: | ---: | ---: |',
)
await row('node hello-http.mjs', at => [join(here, 'apps', 'serve.mjs'), 'node:http', String(at)], 0)
await row('starlight --workers=0 hello.ts', at => starlight(at, 0), 0)
for (const workers of [1, 4, 8, 20])
  await row(`starlight --workers=${workers} hello.ts`, at => starlight(at, workers), workers)

function starlight(at, workers) {
  return [bin, `--workers=${workers}`, '--host=127.0.0.1', `--port=${at}`, join(here, '..', 'examples', 'hello.ts')]
}

async function row(name, args, workers) {
  const cold = []
  const warm = []
  const all = []
  let pss = 0
  for (let i = 0; i < TRIES; i++) {
    const cache = mkdtempSync(join(tmpdir(), 'starlight-startup-'))
    cold.push((await once1(args, workers, cache)).first)
    const { first, ready, memory } = await once1(args, workers, cache)
    warm.push(first)
    all.push(ready)
    pss = memory
    rmSync(cache, { recursive: true })
  }
  const ms = times => `${median(times).toFixed(0)} ms`
  console.log(`| ${name} | ${ms(cold)} | ${ms(warm)} | ${workers === 0 ? '' : ms(all)} | ${pss.toFixed(0)} |`)
}

/** One start; caches of compiled code are looked for below `cache`. */
async function once1(args, workers, cache) {
  port++
  const startedAt = performance.now()
  const child = spawn(node, args(port), { env: { ...process.env, TMPDIR: cache }, stdio: ['ignore', 'ignore', 'pipe'] })
  let ready = Number.NaN
  child.stderr.on('data', text => {
    if (/serving/.test(text)) ready = performance.now() - startedAt
  })
  while (!(await answers(port))) await new Promise(resolve => setTimeout(resolve, 2))
  const first = performance.now() - startedAt
  while (workers > 0 && Number.isNaN(ready)) await new Promise(resolve => setTimeout(resolve, 5))
  await new Promise(resolve => setTimeout(resolve, 500))
  const memory = pssOf(child.pid)
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

function pssOf(pid) {
  const own = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024
  const children = readdirSync(`/proc/${pid}/task`).flatMap(task =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
  )
  return children.reduce((sum, child) => sum + pssOf(child), own)
}
