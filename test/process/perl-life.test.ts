// Perl applications that do what they should not, behind the real command: what the client sees, and that nobody else notices.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { wrongEchoes } from '../support/bodies.ts'
import { PERL_SKIP } from '../support/perl.ts'
import { connectRaw } from '../support/raw-client.ts'
import { childrenOf, isAlive } from '../support/starlight-process.ts'
import { APP, perl, until } from './perl-support.ts'

const skip = PERL_SKIP

test('answers of every form arrive', { skip }, async t => {
  const { get } = await perl(t)
  const texts = {
    later: 'later',
    writer: 'onetwothree',
    lines: 'line 2\nline 1\nline 0\n',
    stdout: 'ok',
    closes: 'closed',
  }
  for (const [path, text] of Object.entries(texts)) assert.equal((await get(`/${path}`)).text, text)
  for (const path of ['/large', '/measured', '/chunked']) {
    const { text, headers } = await get(path)
    assert.equal(text.length, 5_000_000, path)
    // What is known of a body is told: the client can show how far it is, and notice when it is cut.
    assert.equal(headers.get('content-length'), path === '/chunked' ? null : '5000000', path)
  }
  const unchanged = await get('/unchanged')
  assert.deepEqual([unchanged.status, unchanged.headers.get('content-length')], [304, null])
  assert.equal((await get('/file')).text, readFileSync(APP, 'utf8'))
  assert.equal((await get('/interval')).text.length, 4 * 1024 * 1024)
  assert.equal((await get('/logger')).status, 204)
})

test('what a late reader has not taken yet is not written over by what others are sent', { skip }, async t => {
  const { server } = await perl(t)
  const wanted = Array.from({ length: 1_000_000 }, (_, i) => `${String(i).padStart(7, '0')}\n`).join('')
  // Nobody reads before all answers have begun.
  const late = await Promise.all(Array.from({ length: 4 }, () => begunAnswer(`${server.url}/numbered`)))
  for (const answer of late) assert.ok((await text(answer)) === wanted)
})

function begunAnswer(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => request(url, { agent: false }, resolve).on('error', reject).end())
}

test('bodies of every size and framing arrive whole and can be sought', { skip }, async t => {
  const { get } = await perl(t, '--input-buffer=100k')
  for (const length of [1, 65_535, 65_536, 65_537, 102_401, 9_000_000]) {
    const bytes = Buffer.alloc(length, 'abc')
    const expected = `${length} ${bytes.toString('latin1', 0, 3)} ${length}`
    assert.equal((await get('/measure', { method: 'POST', body: bytes })).text, expected)
    const stream = new Blob([bytes]).stream()
    assert.equal(
      (await get('/measure', { method: 'POST', body: stream, duplex: 'half' } as RequestInit)).text,
      expected,
    )
  }
  assert.equal((await get('/echo')).text, '')
})

test('many large bodies at once come as they were sent', { skip }, async t => {
  const { server } = await perl(t)
  assert.equal(await wrongEchoes(`${server.url}/echo`, 10), 0)
})

test('what the application does wrong is 500, 502 or a cut answer, and the next request is served', {
  skip,
}, async t => {
  const { server, get } = await perl(t)
  for (const path of ['dies', 'nothing', 'text', 'wide', 'header']) {
    const { status, headers } = await get(`/${path}`)
    assert.equal(status, 500, path)
    assert.equal(headers.get('x-evil'), null)
  }
  for (const path of ['exits', 'vanishes', 'killed', 'fds']) assert.equal((await get(`/${path}`)).status, 502, path)
  for (const path of ['breaks', 'halfexit', 'open']) await assert.rejects(get(`/${path}`, { headers: {} }), path)
  assert.equal((await get('/flagged')).text, Buffer.from('caf\xe9', 'latin1').toString())
  assert.equal((await get('/forks')).text, 'parent')
  await server.seen(/GET \/dies: dies on purpose/)
  await server.seen(/GET \/breaks: breaks on purpose/)
  await server.seen(/Wide character in the response/)
  await server.seen(/The application failed on GET \/header/)
  await server.seen(/The Perl child \d+ exited with code 3 on GET \/exits/)
  await server.seen(/The Perl child \d+ was killed by SIGKILL on GET \/killed/)
  await server.seen(/The Perl child \d+ exited with code 5 on GET \/halfexit/)
  assert.equal((await get('/later')).status, 200)
})

test('an application that prints does not disturb its answer', { skip }, async t => {
  const { server, get } = await perl(t)
  assert.equal((await get('/stdout')).text, 'ok')
  await server.printed(/printed by the application/)
  await server.printed(/printed by a command/)
})

test('a child that hangs costs its client 504 and is killed; others are served meanwhile', { skip }, async t => {
  const { server, get } = await perl(t, '--worker-timeout=1')
  const hanging = get('/hangs')
  const pids = new Set<string>()
  for (let i = 0; i < 5; i++) pids.add((await get('/pid')).text.split(' ')[0]!)
  assert.equal((await hanging).status, 504)
  const [, victim] = await server.seen(/The Perl child (\d+) has been silent for 1 s on GET \/hangs: it is killed/)
  assert.ok(!pids.has(victim!))
  await until(() => !isAlive(Number(victim)))
})

test('children are replaced after their requests, before they have gone, and no request fails', { skip }, async t => {
  const { get } = await perl(t, '--max-reqs-per-child=3', '--queue-timeout=0')
  const answers = await Promise.all(Array.from({ length: 60 }, () => get('/pid')))
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
  const counts = answers.map(({ text }) => Number(text.split(' ')[1]))
  assert.equal(Math.max(...counts), 3)
  assert.ok(new Set(answers.map(({ text }) => text.split(' ')[0])).size >= 20)
})

test('harakiri ends the child that asked for it, after its answer', { skip }, async t => {
  const { get } = await perl(t)
  const [, pid] = (await get('/harakiri')).text.split(' ')
  for (let i = 0; i < 8; i++) assert.ok(!(await get('/slow')).text.endsWith(` ${pid}`))
  await until(() => !isAlive(Number(pid)))
})

test('cleanup runs after the answer, and the child serves nobody before it is over', { skip }, async t => {
  const { server, folder, get } = await perl(t)
  const [, pid] = (await get('/cleanup')).text.split(' ')
  assert.doesNotMatch(server.stderr, /cleaned by/)
  const others = await Promise.all([get('/pid'), get('/pid'), get('/pid')])
  for (const { text } of others) assert.notEqual(text.split(' ')[0], pid)
  writeFileSync(join(folder, 'cleaned'), '')
  await server.seen(new RegExp(`cleaned by ${pid}`))
})

test('early hints come before the answer', { skip }, async t => {
  const { server } = await perl(t)
  const client = await connectRaw({ port: server.port })
  client.send('GET /early HTTP/1.1\r\nHost: a\r\n\r\n')
  const { status, interim } = await client.answer()
  assert.deepEqual([...interim.map(hint => hint.status), status], [103, 200])
  client.destroy()
})

test('a client that leaves an endless answer frees its child', { skip }, async t => {
  const { server, get } = await perl(t)
  const leaving = new AbortController()
  const response = await fetch(`${server.url}/endless`, { signal: leaving.signal })
  await response.body!.getReader().read()
  leaving.abort()
  const [, pid] = await server.seen(/endless ended in (\d+): The client has gone/)
  await until(() => isAlive(Number(pid)))
  assert.equal((await get('/pid')).status, 200)
})

test('more requests than children wait; more than may wait are told 503', { skip }, async t => {
  const { get } = await perl(t, '--queue=3')
  const answers = await Promise.all(Array.from({ length: 8 }, () => get('/slow')))
  const statuses = answers.map(({ status }) => status).sort()
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 503, 503, 503])
  assert.equal(answers.find(({ status }) => status === 503)?.headers.get('retry-after'), '1')
})

test('a request that waits too long is told 503', { skip }, async t => {
  const { get } = await perl(t, '--queue-timeout=0.1')
  const working = [get('/slower'), get('/slower')]
  assert.equal((await get('/pid')).status, 503)
  for (const { status } of await Promise.all(working)) assert.equal(status, 200)
})

test('children that are forked after loading draw different random numbers', { skip }, async t => {
  const { get } = await perl(t, '--preload-app', '--max-reqs-per-child=1')
  const texts = await Promise.all(Array.from({ length: 6 }, () => get('/random')))
  assert.equal(new Set(texts.map(({ text }) => text)).size, 6)
})

test('without workers one process serves with one child', { skip }, async t => {
  const { server, get } = await perl(t, '--workers=0')
  assert.equal((await get('/pid')).status, 200)
  const [zygote] = childrenOf(server.pid)
  assert.equal(childrenOf(zygote!).length, 1)
  assert.deepEqual(await server.stop(), { code: 0, signal: null })
  assert.equal(isAlive(zygote!), false)
})
