// How evenly, and how fast, connections come to workers: every --balance with 2, 4 and 16 workers, under two loads. One answer in
// ten blocks its worker for 5 ms. Prints the table of docs/balance.md. Usage: node bench/balance.mjs [seconds for each cell]
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const SECONDS = Number(process.argv[2] ?? 4)
const BIN = new URL('../bin/starlight.js', import.meta.url).pathname
const directory = mkdtempSync(join(tmpdir(), 'starlight-balance-'))
const socketPath = join(directory, 'control')
const app = join(directory, 'app.mjs')
writeFileSync(
  app,
  `let count = 0
export default { fetch() {
  if (++count % 10 === 0) for (const end = performance.now() + 5; performance.now() < end; );
  return new Response('Hello')
} }\n`,
)
const LOADS = [
  ['kept', []],
  ['new', ['-H', 'Connection: close']],
]

console.log(`Node ${process.version}, wrk -t1 -c64, ${SECONDS} s for each cell\n`)
console.log('| balance | workers | connections | requests/s | p50 ms | p99 ms | least and most of a worker |')
console.log('| --- | ---: | --- | ---: | ---: | ---: | --- |')
for (const workers of [2, 4, 16]) {
  for (const balance of ['shared', 'round-robin', 'reuseport']) await measure(balance, workers)
}
rmSync(directory, { recursive: true })

async function measure(balance, workers) {
  const args = [
    `--balance=${balance}`,
    `--workers=${workers}`,
    `--control-socket=${socketPath}`,
    '--host=127.0.0.1',
    '--port=0',
  ]
  const server = spawn(process.execPath, [BIN, ...args, app], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  server.stderr.setEncoding('utf8').on('data', text => {
    said += text
  })
  while (!/serving/.test(said) && server.exitCode === null) await new Promise(resolve => setTimeout(resolve, 20))
  const [url] = /http:\S+/.exec(said) ?? []
  if (url === undefined) return console.log(`| ${balance} | ${workers} | ${said.trim()} |`)
  for (const [name, fields] of LOADS) {
    const before = await shares()
    const { stdout } = await run('wrk', ['-t1', '-c64', `-d${SECONDS}s`, '--latency', ...fields, url])
    await new Promise(resolve => setTimeout(resolve, 1500))
    const after = await shares()
    const counts = [...after].map(([pid, count]) => count - (before.get(pid) ?? 0))
    const total = counts.reduce((sum, count) => sum + count, 0)
    const part = count => `${((100 * count) / total).toFixed(0)} %`
    const cells = [balance, workers, name, Math.round(Number(/Requests\/sec:\s+(\S+)/.exec(stdout)[1]))]
    const spread = `${part(Math.min(...counts))} to ${part(Math.max(...counts))}`
    console.log(`| ${[...cells, milliseconds(stdout, 50), milliseconds(stdout, 99), spread].join(' | ')} |`)
  }
  server.kill('SIGTERM')
  await once(server, 'exit')
}

function milliseconds(text, percentile) {
  const [, number, unit] = new RegExp(`${percentile}%\\s+([\\d.]+)(us|ms|s)`).exec(text)
  return (Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit]).toFixed(1)
}

/** Requests of each worker so far. */
async function shares() {
  const asked = request({ socketPath, path: '/status' }).end()
  const [response] = await once(asked, 'response')
  let text = ''
  for await (const piece of response) text += piece
  return new Map(JSON.parse(text).workers.map(({ pid, requests }) => [pid, requests]))
}
