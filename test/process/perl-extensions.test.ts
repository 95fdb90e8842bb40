// The example of docs/perl.md: what a server may offer beyond PSGI, and what it does on one that does not.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { PERL_SKIP as skip } from '../support/perl.ts'
import { connectRaw } from '../support/raw-client.ts'
import { ROOT } from '../support/root.ts'
import { type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { until } from './perl-support.ts'

const EXAMPLE = join(ROOT, 'examples', 'perl', 'extensions.psgi')

async function served(t: TestContext, ...args: string[]): Promise<StarlightProcess> {
  const server = await startStarlight(['--port=0', '--host=127.0.0.1', '--workers=1', ...args, EXAMPLE])
  t.after(() => server.stop())
  return server
}

async function asks(server: StarlightProcess, path: string, init: RequestInit = {}): Promise<string> {
  return await (await fetch(server.url + path, { headers: { connection: 'close' }, ...init })).text()
}

test('each extension does what the example says', { skip }, async t => {
  const server = await served(t, '--request-id')
  const client = await connectRaw({ port: server.port })
  client.send('GET /hints HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() =>
    /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/app\.css>[\s\S]*HTTP\/1\.1 200 OK[\s\S]*A page\n/.test(client.text),
  )
  client.destroy()
  assert.equal(await asks(server, '/order'), 'Ordered, 0 mailed before\n')
  assert.equal(await asks(server, '/order'), 'Ordered, 1 mailed before\n')
  const id = (await asks(server, '/log')).trim()
  assert.match(id, /^\S{16,}$/)
  await server.seen(new RegExp(`warn: Seen in ${id}`))
  assert.equal(
    await asks(server, '/body', { method: 'POST', body: new URLSearchParams('name=ada') }),
    '8 bytes from ada\n',
  )
  assert.equal(await asks(server, '/who'), 'No certificate\n')
  assert.equal(await asks(server, '/lines'), 'This speaks lines\n')
  const lines = await connectRaw({ port: server.port })
  lines.send('GET /lines HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: lines\r\n\r\none\n')
  await until(() => /^HTTP\/1\.1 101 [\s\S]*\r\n\r\ngot one\n$/.test(lines.text))
  lines.halfClose()
  await lines.ended()
  assert.equal(await asks(server, '/data'), 'connected\n')
  const first = await asks(server, '/report')
  await server.seen(/Disconnected/)
  assert.notEqual(await asks(server, '/report'), first)
})

test('without them it does without', { skip }, async t => {
  const server = await served(t, '--stream-input')
  assert.equal(await asks(server, '/log'), 'no name\n')
  assert.equal(await asks(server, '/body', { method: 'POST', body: 'name=ada' }), 'The body can be read once\n')
})

test('docs/perl.md shows the example', () => {
  const page = readFileSync(join(ROOT, 'docs', 'perl.md'), 'utf8')
  assert.ok(page.includes(`\`\`\`perl\n${readFileSync(EXAMPLE, 'utf8')}\`\`\``))
})
