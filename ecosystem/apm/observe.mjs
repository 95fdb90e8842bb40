// One application on one server, watched by one tool: what the tool reports of the same requests.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startOwn, startStarlight } from '../servers.mjs'
import { startCollector } from './collector.mjs'

const here = import.meta.dirname
/** How long a tool may take to report, in ms. */
const LIMIT_MS = 30_000
export const USERS = ['ada', 'bob', 'cyd', 'dan']
const EXPORTED = ['fetch.mjs', 'psgi.mjs']
export const PATHS = ['/meet', '/broken']

/**
 * `where`: see `start`. Resolves with what `tool` makes of the reports, lines of text, sorted, as soon as there are as many of
 * each kind as `complete` says.
 */
export async function observe(tool, file, where, complete) {
  const reports = []
  const collector = await startCollector(
    (from, kind, content) => reports.push({ from, kind, content }),
    certificate(),
    USERS.length,
  )
  const env = { ...tool.env(collector), MEETING: `http://127.0.0.1:${collector.port}/meeting` }
  try {
    const server = await start(tool, file, where, env)
    try {
      await until(() => tool.isReady?.(reports, where) !== false, 'it does not connect')
      for (const path of PATHS) await Promise.all(USERS.map(user => ask(server.port, path, user)))
      const lines = () => tool.lines(reports)
      await until(
        () => Object.entries(complete).every(([kind, count]) => ofKind(lines(), kind) >= count),
        () =>
          Object.entries(complete)
            .map(([kind, count]) => `${ofKind(lines(), kind)} of ${count}: ${kind}`)
            .join(', '),
      )
      return lines().sort()
    } catch (error) {
      throw new Error(`${tool.name}, ${file} (${where}): ${error.message}\n${server.output.slice(-1000)}`)
    } finally {
      await server.stop()
    }
  } finally {
    collector.close()
  }
}

/** How each application is loaded, as docs/instrumentation.md says. `where` is `own`, `starlight`, or `-M`: with that option. */
function start(tool, file, where, env) {
  const isModule = file === 'express.mjs'
  const options = isModule ? tool.modules : [`--require=${join(here, tool.file)}`]
  const loaded = where === '-M' ? {} : { NODE_OPTIONS: options.join(' ') }
  const args = where === '-M' ? (isModule ? tool.asOptions : [`./${tool.file}`]).flatMap(name => ['-M', name]) : []
  const parts = { file, cwd: here, env: { ...env, ...loaded, WATCH: `./${tool.file}` } }
  return where === 'own' ? startOwn(parts) : startStarlight({ ...parts, isExported: EXPORTED.includes(file), args })
}

/** Each user comes with a trace of its own. */
async function ask(port, path, user) {
  const id = traceOf(path, user)
  const headers = {
    traceparent: `00-${id}-${id.slice(0, 16)}-01`,
    'sentry-trace': `${id}-${id.slice(0, 16)}-1`,
    'x-datadog-trace-id': String(BigInt(`0x${id.slice(16)}`)),
    'x-datadog-parent-id': String(BigInt(`0x${id.slice(0, 16)}`)),
    'x-datadog-tags': `_dd.p.tid=${id.slice(0, 16)}`,
    'x-datadog-sampling-priority': '2',
    connection: 'close',
  }
  const response = await fetch(`http://127.0.0.1:${port}${path}?user=${user}`, { headers })
  await response.text()
  const expected = path === '/broken' ? 500 : 200
  if (response.status !== expected) throw new Error(`${path} of ${user}: status ${response.status}`)
}

function ofKind(lines, kind) {
  return lines.filter(line => line.startsWith(`${kind} `)).length
}

/** 32 digits. */
export function traceOf(path, user) {
  return `${PATHS.indexOf(path) + 1}${USERS.indexOf(user) + 1}`.repeat(16)
}

async function until(isSo, reason) {
  const end = performance.now() + LIMIT_MS
  while (!isSo()) {
    if (performance.now() > end) throw new Error(typeof reason === 'function' ? reason() : reason)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

let made
/** Key and certificate of the collector; with the file that an agent trusts. */
export function certificate() {
  if (made !== undefined) return made
  const folder = mkdtempSync(join(tmpdir(), 'apm-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const [key, file] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  execFileSync('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', file], { stdio: 'ignore' })
  made = { key: readFileSync(key), cert: readFileSync(file), file }
  return made
}
