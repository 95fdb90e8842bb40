// What grows as what grows: CPU by the size of the head, the number of fields, of bytes in a drip, of connections, of workers.
// Prints Markdown tables and draws results/VERSION-scaling-*.svg.
// Usage: node bench/scaling.mjs [--only=head,fields,drip,connections,workers] [--node=...] [--rounds=3] [--seconds=1]
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { lines } from './lines.mjs'
import { measure, warmUp } from './measure.mjs'
import { nodesOf } from './nodes.mjs'
import { runClient, start } from './processes.mjs'
import { manyServersOf, peer, starlight } from './servers.mjs'
import { median } from './statistics.mjs'
import { wrk } from './wrk.mjs'

const text = { type: 'string' }
const { values } = parseArgs({ options: { only: text, node: text, rounds: text, seconds: text } })
const rounds = Number(values.rounds ?? 3)
const seconds = Number(values.seconds ?? 1)
const FOLDER = fileURLToPath(new URL('results/', import.meta.url))
const ROOM = ['--workers=0', '--limit-request-head=128k', '--limit-request-fields=1000', '--max-connections=20000']

/** One process for all points; a test of workers has a server for each. */
const single = node => ({
  'starlight psgi': () => starlight(node, 'psgi', [...ROOM, '--body-min-rate=0']),
  'starlight fetch': () => starlight(node, 'fetch', [...ROOM, '--body-min-rate=0']),
  'node:http': () => peer([node, '--max-http-header-size=131072'], 'node:http'),
})
const many = node => ({
  'starlight fetch': count => starlight(node, 'fetch', [`--workers=${count}`]),
  'node:http, cluster': count => manyServersOf(node, count)['node:http, cluster'],
})

const TESTS = {
  head: {
    title: 'us of CPU per request by the size of the head (fields of 600 bytes)',
    points: [200, 900, 2000, 5000, 10_000, 20_000, 40_000, 60_000],
    servers: single,
    loadOf: bytes => wrk({ script: headOf(bytes, 600) }),
  },
  fields: {
    title: 'us of CPU per request by the number of fields (of 80 bytes)',
    points: [1, 10, 50, 100, 200, 400, 750],
    servers: single,
    loadOf: count => wrk({ script: headOf(80 * count, 80) }),
  },
  drip: {
    title: 'us of CPU per byte by the size of a body that comes in writes of one byte',
    points: [1000, 4000, 16_000, 64_000],
    servers: single,
    loadOf: bytes => ({ run: ({ port }) => runClient('drip', { port, bytes, seconds }) }),
    isLogarithmic: true,
  },
  connections: {
    title: 'us of CPU per request by the number of busy connections',
    points: [1, 8, 64, 512, 4096, 10_000],
    servers: single,
    loadOf: connections => wrk({ connections }),
    isLogarithmic: true,
  },
  workers: {
    title: 'us of CPU per request by the number of workers, on one core',
    points: [1, 2, 4, 8, 16],
    servers: many,
    loadOf: () => wrk({ connections: 64 }),
    hasServerForPoint: true,
  },
}

for (const { binary, version } of nodesOf(values.node)) {
  for (const name of values.only?.split(',') ?? Object.keys(TESTS)) await runTest(name, TESTS[name], binary, version)
}

async function runTest(name, test, node, version) {
  const servers = test.servers(node)
  const measured = new Map(Object.keys(servers).map(server => [server, test.points.map(() => [])]))
  for (let round = 0; round < rounds; round++) {
    for (const [server, command] of Object.entries(servers)) await oneTurn(test, command, measured.get(server))
  }
  process.stderr.write('\n')
  const series = [...measured].map(([server, runs]) => ({ server, costs: runs.map(median) }))
  console.log(
    `\n### ${test.title}\n\nNode ${version}, medians of ${rounds} rounds of ${seconds} s\n\n${table(test, series)}`,
  )
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(
    `${FOLDER}${version}-scaling-${name}.json`,
    `${JSON.stringify({ version, ...test, series }, null, 1)}\n`,
  )
  writeFileSync(
    `${FOLDER}${version}-scaling-${name}.svg`,
    lines({ ...test, title: `${test.title} (Node ${version})` }, series),
  )
}

async function oneTurn(test, command, runs) {
  let running
  for (const [i, point] of test.points.entries()) {
    const isUnread = running === undefined
    running ??= await start(command(point))
    const load = test.loadOf(point)
    await warmUp(running, load, isUnread ? { least: 3, most: 5 } : { least: 1, most: 1 })
    runs[i].push((await measure(running, load, seconds)).cpu)
    process.stderr.write('.')
    if (test.hasServerForPoint || i === test.points.length - 1) {
      await running.stop()
      running = undefined
    }
  }
}

/** Per point the cost, and how it has grown since the point before by how much the point has: 1 is linear, 0 is constant. */
function table({ points }, series) {
  const growth = (costs, i) =>
    i === 0 ? '' : ` (${(Math.log(costs[i] / costs[i - 1]) / Math.log(points[i] / points[i - 1])).toFixed(1)})`
  const rows = points.map((point, i) => {
    const cells = series.map(({ costs }) => `${costs[i].toFixed(1)}${growth(costs, i)}`)
    return `| ${[point.toLocaleString('en'), ...cells].join(' | ')} |`
  })
  return [
    `| | ${series.map(({ server }) => server).join(' | ')} |`,
    `| ---: |${' ---: |'.repeat(series.length)}`,
    ...rows,
    '\nIn brackets the exponent of the growth since the row above: 0 is constant, 1 is linear, 2 would be quadratic.',
  ].join('\n')
}

/** A head of so many bytes, in fields of at most `each` of them. */
function headOf(bytes, each) {
  const count = Math.max(1, Math.round(bytes / each))
  const value = Math.max(1, Math.floor((bytes - 40) / count) - '\r\nX-Field-0001: '.length)
  return `for i = 1, ${count} do wrk.headers[string.format("X-Field-%04d", i)] = string.rep("v", ${value}) end\n`
}
