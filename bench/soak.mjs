// Ten minutes of everything at once, for each kind of application: polite, slow and rude clients, uploads, recycling, reloads and
// scaling. Tells what was lost, and what memory and descriptors were before, during and after. Fails when an answer is lost or wrong, when
// a connection or a descriptor stays behind, or when memory goes on growing.
// Usage: npm run soak -- [--minutes=10] [--kinds=psgi,fetch,node,tls,perl] [--reload-seconds=7]
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { certificate } from './certificate.mjs'
import { asking, readingSlowly, rude, uploading } from './soak/clients.mjs'

const text = { type: 'string' }
const { values } = parseArgs({ options: { minutes: text, kinds: text, 'reload-seconds': text } })
const seconds = 60 * Number(values.minutes ?? 10)
const reloadSeconds = Number(values['reload-seconds'] ?? 7)
const hasPerl = (() => {
  try {
    execFileSync('perl', ['-MPlack', '-e', '1'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()
const kinds = values.kinds?.split(',') ?? ['psgi', 'fetch', 'node', 'tls', ...(hasPerl ? ['perl'] : [])]
const file = path => fileURLToPath(new URL(path, import.meta.url))
/** Memory that may be there at the end beyond that of the first quarter, in MB: what a heap keeps for the next load is no leak. */
const GROWTH_MB = 40

const started = new Set()
const folder = mkdtempSync(join(tmpdir(), 'soak-'))
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
process.exitCode = await main()

async function main() {
  const servers = []
  for (const kind of kinds) servers.push(await start(kind))
  console.log(`${kinds.join(', ')}: ${seconds} s, a reload every ${reloadSeconds} s`)
  const runs = await Promise.all(servers.map(soak))
  for (const row of runs) console.log(row.text)
  return runs.every(row => row.isGood) ? 0 : 1
}

async function start(kind) {
  const isTls = kind === 'tls'
  const { keyFile, certFile } = isTls ? certificate() : {}
  const app = kind === 'perl' ? 'perl.psgi' : `${isTls ? 'fetch' : kind}.mjs`
  const args = ['--host=127.0.0.1', '--port=0', '--workers=2', '--max-reqs-per-child=2000', '--min-reqs-per-child=1500']
  const accessLog = join(folder, `${kind}.log`)
  args.push(`--access-log=${accessLog}`, '--access-log-format=%r')
  if (isTls) args.push('--ssl=1', `--ssl-key-file=${keyFile}`, `--ssl-cert-file=${certFile}`)
  const child = spawn(process.execPath, [file('../bin/starlight.js'), ...args, file(`soak/${app}`)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  started.add(child)
  const server = { kind, isTls, child, accessLog, log: '', reloads: 0 }
  child.stderr.setEncoding('utf8').on('data', said => {
    server.log = (server.log + said).slice(-5000)
    server.reloads += said.match(/Reloaded: all/g)?.length ?? 0
  })
  const port = await new Promise((resolve, reject) => {
    const look = () => {
      const found = /serving .*:(\d+)/.exec(server.log)
      if (found !== null) resolve(Number(found[1]))
    }
    child.stderr.on('data', look)
    child.once('exit', () => reject(new Error(`Cannot start the ${kind} server: ${server.log}`)))
  })
  server.address = { host: '127.0.0.1', port, rejectUnauthorized: false }
  return server
}

async function soak(server) {
  const until = performance.now() + 1000 * seconds
  const failures = []
  let asked = 0
  const load = {
    server,
    served: 0,
    races: [],
    isOver: () => performance.now() > until || failures.length > 20,
    next: () => ++asked,
    failed: what => failures.push(what),
  }
  const samples = []
  const clients = [
    asking(load, { keepAlive: true }),
    asking(load, { keepAlive: true }),
    asking(load, { keepAlive: false }),
    uploading(load),
    readingSlowly(load),
    rude(load),
    rude(load),
    disturb(server, load),
    sample(server, load, samples),
  ]
  await Promise.all(clients)
  return verdict(server, load, failures, samples)
}

async function disturb(server, load) {
  for (let i = 0; !load.isOver(); i++) {
    await pause(1000 * reloadSeconds)
    if (load.isOver()) return
    server.child.kill(['SIGHUP', 'SIGTTIN', 'SIGHUP', 'SIGTTOU'][i % 4])
  }
}

async function sample(server, load, samples) {
  while (!load.isOver()) {
    await pause(1000)
    samples.push({ master: rssOf(server.child.pid), workers: Math.max(0, ...childrenOf(server.child.pid).map(rssOf)) })
  }
}

/** Waits until connections have ended and workers are two again, then looks at what stayed. */
async function verdict(server, load, failures, samples) {
  const { pid } = server.child
  const deadline = performance.now() + 60_000
  while (performance.now() < deadline && socketsOf(server) > 0) await pause(500)
  const left = socketsOf(server)
  const quarter = samples.slice(Math.floor(samples.length / 8), Math.ceil(samples.length / 4))
  const end = samples.slice(-Math.ceil(samples.length / 8))
  const top = (list, key) => Math.max(0, ...list.map(each => each[key]))
  const growth = {
    master: top(end, 'master') - top(quarter, 'master'),
    workers: top(end, 'workers') - top(quarter, 'workers'),
  }
  const fds = descriptorsOf(pid)
  const exited = once(server.child, 'exit')
  server.child.kill('SIGTERM')
  const [code] = await exited
  started.delete(server.child)
  failures.push(...lostOnes(server, load))
  const isGood =
    failures.length === 0 && left === 0 && code === 0 && growth.master < GROWTH_MB && growth.workers < GROWTH_MB
  const words = [
    `${server.kind}: ${isGood ? 'good' : 'BAD'}`,
    `${load.served} answers, ${failures.length} lost or wrong, ${load.races.length} sent again on a new connection`,
    `${server.reloads} reloads`,
    `largest worker ${top(samples, 'workers')} MB, at the end ${top(end, 'workers')} MB`,
    `master ${top(quarter, 'master')} -> ${top(end, 'master')} MB, ${fds} descriptors`,
    `${left} connections left`,
    `exit code ${code}`,
  ]
  return { isGood, text: [words.join('; '), ...failures.slice(0, 5), ...(isGood ? [] : [server.log])].join('\n') }
}

/**
 * Requests that the server took and did not answer, among those that were sent again because their kept connection had ended: the access
 * log has them twice. One that the end of the connection crossed on its way (RFC 9112 9.3.1) is there once.
 */
function lostOnes({ accessLog }, { races }) {
  const times = new Map(races.map(id => [id, 0]))
  for (const [, id] of readFileSync(accessLog, 'latin1').matchAll(/[?]id=(\d+) /g)) {
    const before = times.get(Number(id))
    if (before !== undefined) times.set(Number(id), before + 1)
  }
  return [...times]
    .filter(([, seen]) => seen !== 1)
    .map(([id, seen]) => `request ${id} came ${seen} times and was answered once`)
}

function childrenOf(pid) {
  try {
    const ids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
    return ids.flatMap(id => [id, ...childrenOf(id)])
  } catch {
    return []
  }
}

/** Resident memory in MB; 0 when the process is gone. */
function rssOf(pid) {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
  } catch {
    return 0
  }
}

function descriptorsOf(pid) {
  return existsSync(`/proc/${pid}/fd`) ? readdirSync(`/proc/${pid}/fd`).length : 0
}

/** Connections to the server's port that one of its processes still holds, in whatever state. */
function socketsOf(server) {
  const port = server.address.port.toString(16).toUpperCase().padStart(4, '0')
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map(row => row.trim().split(/\s+/))
  const inodes = new Set(
    rows.filter(([, local, , state]) => local.endsWith(`:${port}`) && state !== '0A').map(row => row[9]),
  )
  const open = childrenOf(server.child.pid).flatMap(pid => {
    try {
      return readdirSync(`/proc/${pid}/fd`).map(fd => readlinkSync(`/proc/${pid}/fd/${fd}`))
    } catch {
      return []
    }
  })
  return new Set(open.filter(link => inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1]))).size
}
