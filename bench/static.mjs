// CPU per request of static files, beside sirv on node:http. Usage: node bench/static.mjs [--rounds=5] [--seconds=2]
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cpuSeconds, start } from './processes.mjs'
import { median } from './statistics.mjs'
import { wrk } from './wrk.mjs'

const { values } = parseArgs({ options: { rounds: { type: 'string' }, seconds: { type: 'string' } } })
const rounds = Number(values.rounds ?? 5)
const seconds = Number(values.seconds ?? 2)
const here = new URL('.', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'starlight-static-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
writeFileSync(join(folder, '1k'), randomBytes(1024))
writeFileSync(join(folder, '1m'), randomBytes(1024 * 1024))

const starlight = [join(here, '..', 'bin', 'starlight.js'), '--workers=0', '--host=127.0.0.1', `--static=${folder}`]
const app = join(here, 'apps', 'psgi-hello.mjs')
const servers = {
  sirv: await start({ command: port => [process.execPath, join(here, 'apps', 'sirv.mjs'), String(port), folder] }),
  starlight: await start({ command: port => [process.execPath, ...starlight, `--port=${port}`, app] }),
}

console.log('| load | sirv us | starlight us | ratio |\n| --- | ---: | ---: | ---: |')
await row('1 kB', '/1k')
await row('1 MiB', '/1m')
await row('304 of 1 kB', '/1k', true)
for (const server of Object.values(servers)) await server.stop()

async function row(name, path, isConditional = false) {
  const costs = { sirv: [], starlight: [] }
  for (let round = 0; round <= rounds; round++)
    for (const [peer, server] of Object.entries(servers)) {
      const { headers } = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers: { connection: 'close' } })
      const fields = isConditional ? [`If-None-Match: ${headers.get('etag')}`] : []
      const before = cpuSeconds(server.pid)
      const { requests } = await wrk({ path, fields, connections: 16 }).run(server, seconds)
      // The first round warms up.
      if (round > 0) costs[peer].push(((cpuSeconds(server.pid) - before) / requests) * 1e6)
    }
  const [sirv, ours] = [median(costs.sirv), median(costs.starlight)]
  console.log(`| ${name} | ${sirv.toFixed(1)} | ${ours.toFixed(1)} | ${(ours / sirv).toFixed(2)} |`)
}
