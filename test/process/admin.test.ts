// Health, metrics and the status page.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connectRaw } from '../support/raw-client.ts'
import { ROOT } from '../support/root.ts'
import { runStarlight, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, serve, until } from './supervisor-support.ts'

async function admin(t: TestContext, app = APP): Promise<{ server: StarlightProcess; url: string }> {
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=2', '--admin=0', app])
  t.after(() => server.stop('SIGKILL'))
  const [, url = ''] = await server.seen(/Metrics and health on (http:\S+)/)
  return { server, url }
}

test('health answers while workers serve; without any it is 503, and the master still lives', async t => {
  const { server, url } = await admin(t)
  assert.match(url, /^http:\/\/127\.0\.0\.1:/)
  for (const path of ['/healthz', '/readyz', '/livez']) assert.equal((await ask(url + path)).status, 200, path)
  server.signal('SIGWINCH')
  await until(async () => (await ask(`${url}/healthz`)).status === 503, 'nobody serves')
  assert.equal((await ask(`${url}/readyz`)).status, 503)
  assert.equal((await ask(`${url}/livez`)).status, 200)
})

test('the admin listener changes nothing', async t => {
  const { url } = await admin(t)
  for (const path of ['/stop', '/reload', '/scale?to=1']) {
    const response = await fetch(url + path, { method: 'POST' })
    assert.equal(response.status, 404, path)
  }
})

test('/metrics counts requests by class and duration', async t => {
  const { server, url } = await admin(t)
  for (let i = 0; i < 3; i++) await ask(server.url)
  await ask(`${server.url}/nothing`)
  const metrics = async (): Promise<string> => (await ask(`${url}/metrics`)).body
  await until(async () => (await metrics()).includes('starlight_requests_total 4\n'), 'four requests')
  const text = await metrics()
  assert.match(text, /^starlight_responses_total\{class="2xx"\} 3$/m)
  assert.match(text, /^starlight_responses_total\{class="4xx"\} 1$/m)
  assert.match(text, /^starlight_request_duration_seconds_bucket\{le="\+Inf"\} 4$/m)
  assert.match(text, /^starlight_request_duration_seconds_count 4$/m)
  assert.match(text, /^starlight_workers\{state="serving"\} 2$/m)
  assert.match(text, /^starlight_resident_memory_bytes\{worker="0",pid="\d+"\} [1-9]\d{6,}$/m)
  if (process.platform === 'linux')
    assert.match(text, /^starlight_accept_queue\{listener="http:\/\/127.0.0.1:\d+"\} 0$/m)
  assertWellFormed(text)
})

/** Each sample belongs to a family that was declared before it, and each family is declared once. */
function assertWellFormed(text: string): void {
  const declared = [...text.matchAll(/^# TYPE (\S+)/gm)].map(match => match[1] ?? '')
  assert.equal(new Set(declared).size, declared.length)
  for (const line of text.split('\n').filter(each => each !== '' && !each.startsWith('#'))) {
    const name = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0] ?? ''
    assert.match(line, /^[a-zA-Z_:][\w:]*(\{.*\})? \S+$/)
    assert.ok(
      declared.some(family => name === family || name.replace(/_(bucket|sum|count)$/, '') === family),
      line,
    )
  }
}

test('a refused request is counted by reason, and has a line in the access log', async t => {
  const log = join(temporaryFolder('test'), 'access.log')
  const server = await serve(t, ['--workers=1', '--admin=0', `--access-log=${log}`])
  const [, url = ''] = await server.seen(/Metrics and health on (http:\S+)/)
  const client = await connectRaw({ port: Number(new URL(server.url).port) })
  await client.send('GET /\x1b HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.equal((await client.answer()).status, 400)
  client.destroy()
  const metrics = async (): Promise<string> => (await ask(`${url}/metrics`)).body
  await until(
    async () => (await metrics()).includes('starlight_refused_total{reason="bad-target"} 1\n'),
    'it is counted',
  )
  await until(() => readFileSync(log, 'latin1') !== '', 'the line is written')
  assert.match(readFileSync(log, 'latin1'), /^127\.0\.0\.1 - - \[[^\]]+\] "GET \/\\x1B HTTP\/1\.1" 400 - "-" "-"\n$/)
})

test('what the application registers with prom-client stands behind ours, once for each worker', async t => {
  const directory = temporaryFolder('test')
  const app = join(directory, 'app.cjs')
  writeFileSync(
    app,
    `const { Counter } = require(${JSON.stringify(join(ROOT, 'node_modules', 'prom-client'))})
const hits = new Counter({ name: 'shop_hits_total', help: 'Hits.', labelNames: ['page'] })
module.exports = { fetch: () => { hits.inc({ page: '/{x}' }); return new Response('ok') } }\n`,
  )
  const { server, url } = await admin(t, app)
  await ask(server.url)
  const { body } = await ask(`${url}/metrics`)
  assert.equal(body.match(/^# TYPE shop_hits_total counter$/gm)?.length, 1)
  assert.match(body, /^shop_hits_total\{page="\/\{x\}",worker="[01]"\} 1$/m)
  assertWellFormed(body)
})

test('the status page shows the workers and runs nothing from outside', async t => {
  const { server, url } = await admin(t)
  const { body, headers } = await ask(url)
  assert.match(headers['content-type'] ?? '', /^text\/html/)
  for (const pid of server.workers()) assert.ok(body.includes(`<td>${pid}</td>`))
  assert.doesNotMatch(body, /<script|src=/)
})

test('--admin without a master is refused', async () => {
  const { code, stderr } = await runStarlight(['--workers=0', '--admin=9090', APP])
  assert.equal(code, 2)
  assert.match(stderr, /Cannot use --admin with --workers=0/)
})

test('the admin listener answers to names that no other site can own, and no target is an error of ours', async t => {
  const server = await serve(t, ['--workers=1', '--admin=127.0.0.1:0'])
  const [, port = ''] = await server.seen(/Metrics and health on http:\S+:(\d+)/)
  const statusOf = async (target: string, host: string): Promise<number> => {
    const client = await connectRaw({ port: Number(port) })
    await client.send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    const { status } = await client.answer()
    client.destroy()
    return status
  }
  for (const host of [
    'localhost',
    'LOCALHOST:9090',
    'app.localhost',
    '127.0.0.1',
    `127.0.0.1:${port}`,
    '10.1.2.3',
    '[::1]:1',
  ])
    assert.equal(await statusOf('/status', host), 200, host)
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '1e100',
  ])
    assert.equal(await statusOf('/status', host), 421, host)
  for (const target of ['//', '//x', '/%', '/status/', '/status%00', '/?%', 'http://evil.example/status'])
    assert.ok([200, 400, 404, 421].includes(await statusOf(target, 'localhost')), target)
  assert.equal(await statusOf('//', 'localhost'), 404)
  assert.equal(await statusOf('http://evil.example/status', 'localhost'), 421)
  assert.doesNotMatch(server.stderr, /error/)
})
