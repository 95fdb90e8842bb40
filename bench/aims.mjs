// What is aimed at, as ratios of CPU per request, and whether it fell since it was last accepted (reached.json, by line of Node).
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FILE = fileURLToPath(new URL('reached.json', import.meta.url))
/** Beyond this a row fell: twice of what two quick runs of one version differ by. */
const NOISE = 1.12

/** Load -> pairs of servers -> the ratio aimed at. Uploads and answers with the loads of their own bytes. */
const AIMS = {
  plain: { 'fetch / bun': 1, 'psgi / bun': 1, 'fetch / deno': 1, 'psgi / deno': 1, 'node / node:http': 0.95 },
  'realistic, fields differ': { 'fetch / bun': 1, 'psgi / bun': 1.1, 'fetch / deno': 1, 'psgi / deno': 1.1 },
  'pipelined x16': { 'fetch / bun': 1 / 6, 'psgi / bun': 1 / 6, 'node / node:http': 0.95 },
  'post 64 kB': { 'fetch / node:http': 1, 'psgi / node:http': 1, 'node / node:http': 1 },
  'upload 100 MiB': { 'fetch / node:http': 1, 'psgi / node:http': 1.3, 'node / node:http': 1 },
  '1 MiB': { 'fetch / node:http': 1, 'psgi / node:http': 1, 'node / node:http': 1 },
  'new connection': { 'fetch / bun': 1.1, 'psgi / bun': 1.1, 'node / node:http': 1 },
  'tls kept': { 'fetch / node:https': 0.75 },
  'tls handshake': { 'fetch / node:https': 1 },
  'tls resumed': { 'fetch / node:https': 1 },
}
const OURS = new Set(['fetch', 'psgi', 'node'])

export const AIMED_LOADS = Object.keys(AIMS)

/** { load, pair, aim, ratio, reached, hasFallen } of each pair that `rows` has figures for. */
export function judge(version, rows) {
  const reached = accepted()[lineOf(version)] ?? {}
  return Object.entries(AIMS).flatMap(([load, pairs]) =>
    Object.entries(pairs).flatMap(([pair, aim]) => {
      const [one, other] = pair.split(' / ').map(name => cpuOf(rows, load, OURS.has(name) ? `starlight ${name}` : name))
      if (one === undefined || other === undefined) return []
      const before = reached[`${load}: ${pair}`]
      const ratio = one / other
      return [{ load, pair, aim, ratio, reached: before, hasFallen: ratio > Math.max(aim, before ?? 0) * NOISE }]
    }),
  )
}

/** As Markdown. */
export function aimsTable(version, judged) {
  const lines = judged.map(({ load, pair, aim, ratio, reached, hasFallen }) => {
    const word = hasFallen ? 'FELL' : ratio <= aim ? 'met' : ''
    return `| ${load} | ${pair} | ${aim.toFixed(2)} | ${reached?.toFixed(2) ?? ''} | ${ratio.toFixed(2)} | ${word} |`
  })
  return [
    `## Aims, Node ${version}`,
    '',
    '| load | CPU per request | aim | accepted | now | |',
    '| --- | --- | ---: | ---: | ---: | --- |',
    ...lines,
    '',
  ].join('\n')
}

/** What is reached is what later runs are held against. */
export function accept(version, judged) {
  const line = Object.fromEntries(judged.map(({ load, pair, ratio }) => [`${load}: ${pair}`, Number(ratio.toFixed(2))]))
  writeFileSync(FILE, `${JSON.stringify({ ...accepted(), [lineOf(version)]: line }, null, 2)}\n`)
}

function accepted() {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {}
}

function lineOf(version) {
  return version.replace(/^v(\d+).*/, '$1')
}

function cpuOf(rows, load, server) {
  return rows.find(row => row.load === load && row.server === server)?.cpu
}
