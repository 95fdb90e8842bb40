// One measurement: a server on one core, wrk on the other.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
const SERVER_CPU = '0'
const LOAD_CPU = '1'
let port = 20_000 + (process.pid % 10_000)

/** Starts the server on its core and resolves when it accepts. */
export async function start(server) {
  port++
  const child = spawn('taskset', ['-c', SERVER_CPU, ...server.command(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: new URL('.', import.meta.url).pathname,
    env: { ...process.env, NODE_ENV: 'production' },
  })
  let said = ''
  child.stderr.on('data', text => {
    said += text
  })
  const end = performance.now() + 15_000
  while (!(await accepts(port))) {
    if (child.exitCode !== null || performance.now() > end)
      throw new Error(`Cannot start ${server.command(port)[0]}: ${said}`)
    await new Promise(resolve => setTimeout(resolve, 30))
  }
  return {
    port,
    pid: child.pid,
    stop: async () => {
      child.kill('SIGKILL')
      await once(child, 'close')
    },
  }
}

/** Figures of one load on a running server: CPU in microseconds per request, of it and its children. */
export async function measure({ pid, port: at }, load, seconds) {
  const script = join(tmpdir(), `starlight-bench-${process.pid}.lua`)
  writeFileSync(script, load.script ?? '')
  const fields = (load.fields ?? []).flatMap(field => ['-H', field])
  const wrk = duration => [
    ...['-c', LOAD_CPU, 'wrk', '-t1', `-c${load.connections}`, `-d${duration}s`, '--latency', '--timeout=10s'],
    ...['-s', script, ...fields, `http://127.0.0.1:${at}${load.path}`],
  ]
  await run('taskset', wrk(1))
  const before = cpuSeconds(pid)
  const startedAt = performance.now()
  const { stdout } = await run('taskset', wrk(seconds))
  const elapsed = (performance.now() - startedAt) / 1000
  const spent = cpuSeconds(pid) - before
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  const bad = /Non-2xx|Socket errors/.exec(stdout)
  if (bad !== null || !(requests > 0))
    throw new Error(/^.*(?:Non-2xx|Socket errors).*$/m.exec(stdout)?.[0].trim() ?? stdout)
  return {
    cpu: (spent / requests) * 1e6,
    rate: requests / elapsed,
    p50: latency(stdout, 50),
    p99: latency(stdout, 99),
    memory: memory(pid),
    isLoadBound: spent / elapsed < 0.9,
  }
}

function accepts(at) {
  return new Promise(resolve => {
    const socket = connect(at, '127.0.0.1')
    socket.once('connect', () => resolve(true) || socket.destroy())
    socket.once('error', () => resolve(false))
  })
}

/** User and system time of a process and its children, those that ended included (proc(5)). */
export function cpuSeconds(pid) {
  const own =
    statOf(pid)
      .slice(11, 15)
      .reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS
  return childrenOf(pid).reduce((sum, child) => sum + cpuSeconds(child), own)
}

function memory(pid) {
  const own = Number(/^Rss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024
  return childrenOf(pid).reduce((sum, child) => sum + memory(child), own)
}

function statOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function childrenOf(pid) {
  return readdirSync(`/proc/${pid}/task`).flatMap(task =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
  )
}

function latency(text, percentile) {
  const [, number, unit] = new RegExp(`${percentile}%\\s+([\\d.]+)(us|ms|s)`).exec(text) ?? []
  return Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit ?? 'ms']
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Half of the distance between the quartiles, as a part of the median. */
export function spread(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const at = part => sorted[Math.min(sorted.length - 1, Math.round(part * (sorted.length - 1)))]
  return (at(0.75) - at(0.25)) / 2 / median(numbers)
}
