// Servers and clients as processes on cores of their own, and what /proc says about them.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
const SERVER_CPU = '0'
const LOAD_CPU = '1'
const HERE = fileURLToPath(new URL('.', import.meta.url))
const started = new Set()
let port = 20_000 + (process.pid % 10_000)

// However this program ends, nothing is left running.
process.on('exit', () => started.forEach(endAll))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

/** Starts the server on its core and resolves when it accepts. */
export async function start(server) {
  const at = ++port
  const [program, ...args] = server.command(at)
  const child = spawn('taskset', ['-c', SERVER_CPU, program, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: HERE,
    env: { ...process.env, NODE_ENV: 'production', PLACK_ENV: 'deployment' },
  })
  started.add(child.pid)
  let said = ''
  child.stderr.on('data', text => {
    said = (said + text).slice(-2000)
  })
  const end = performance.now() + 20_000
  while (!(await accepts(at))) {
    if (child.exitCode !== null || performance.now() > end) {
      endAll(child.pid)
      started.delete(child.pid)
      throw new Error(`Cannot start ${program} ${args.join(' ')}: ${said}`)
    }
    await new Promise(resolve => setTimeout(resolve, 30))
  }
  return { port: at, pid: child.pid, isTls: server.isTls === true, stop: () => stopOf(child) }
}

/** Runs a load generator on the core of the clients; gives what it prints. */
export async function runOnLoadCore(program, args) {
  const { stdout } = await run('taskset', ['-c', LOAD_CPU, program, ...args], { maxBuffer: 1 << 24 })
  return stdout
}

/** One of clients/, which print JSON. They run on the Node of the benchmark, whatever the servers run on. */
export async function runClient(name, args) {
  return JSON.parse(await runOnLoadCore(process.execPath, [`${HERE}clients/${name}.mjs`, JSON.stringify(args)]))
}

/** A client that stays until it is stopped; resolves when it prints its first line. */
export async function startClient(name, args) {
  const program = [process.execPath, `${HERE}clients/${name}.mjs`, JSON.stringify(args)]
  const child = spawn('taskset', ['-c', LOAD_CPU, ...program], { stdio: ['ignore', 'pipe', 'inherit'] })
  started.add(child.pid)
  const [line] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  if (child.exitCode !== null) throw new Error(`Cannot run clients/${name}.mjs: it exited with ${child.exitCode}`)
  return { told: JSON.parse(line), stop: () => stopOf(child) }
}

async function stopOf(child) {
  const isOver = child.exitCode !== null || child.signalCode !== null
  const exited = isOver ? undefined : once(child, 'exit')
  endAll(child.pid)
  started.delete(child.pid)
  await exited
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
  return sumOver(pid, each => {
    const ticks = statOf(each).slice(11, 15)
    return ticks.reduce((sum, text) => sum + Number(text), 0) / TICKS
  })
}

/** User and system time of all load generators that have ended. */
export function endedClientsSeconds() {
  const [user, system] = statOf('self').slice(13, 15)
  return (Number(user) + Number(system)) / TICKS
}

/** `Rss` counts what processes share in each of them, `Pss` once. In MB. */
export function memory(pid, kind = 'Rss') {
  const line = new RegExp(`^${kind}:\\s+(\\d+)`, 'm')
  return sumOver(pid, each => Number(line.exec(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024)
}

function sumOver(pid, figureOf) {
  return [pid, ...descendantsOf(pid)].reduce((sum, each) => sum + orZero(() => figureOf(each)), 0)
}

/** A child may end while it is looked at; then its time is with its parent. */
function orZero(figure) {
  try {
    return figure()
  } catch {
    return 0
  }
}

function statOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function descendantsOf(pid) {
  return childrenOf(pid).flatMap(child => [child, ...descendantsOf(child)])
}

function childrenOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap(task =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    )
  } catch {
    return [] // It has ended.
  }
}

/** Each is stopped before its children are looked up, so that it starts no new ones meanwhile. */
function endAll(pid) {
  signal(pid, 'SIGSTOP')
  childrenOf(pid).forEach(endAll)
  signal(pid, 'SIGKILL')
}

function signal(pid, name) {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself.
  }
}
