// Request bodies that a Perl application reads as they come (--stream-input), and its client's socket for other protocols (psgix.io).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PERL_SKIP } from '../support/perl.ts'
import { connectRaw } from '../support/raw-client.ts'
import { isAlive } from '../support/starlight-process.ts'
import { perl, until } from './perl-support.ts'

const skip = PERL_SKIP

test('pieces of a body reach the application before the body is complete', { skip }, async t => {
  const { server } = await perl(t, '--stream-input')
  const client = await connectRaw({ port: server.port })
  client.send('POST /streams HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n')
  await until(() => /<one>/.test(client.text))
  client.send('3\r\ntwo\r\n')
  await until(() => /<two>/.test(client.text))
  client.send('0\r\n\r\nGET /pid HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => /\r\n0\r\n\r\nHTTP\/1\.1 200 OK/.test(client.text))
  client.destroy()
})

test('100 Continue is sent when the application reads, and only then', { skip }, async t => {
  const { server } = await perl(t, '--stream-input')
  const head = 'HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n'
  const reader = await connectRaw({ port: server.port })
  reader.send(`POST /echo ${head}`)
  await until(() => /^HTTP\/1\.1 100 Continue\r\n\r\n$/.test(reader.text))
  reader.send('hello')
  await until(() => /\r\n\r\nhello$/.test(reader.text))
  const other = await connectRaw({ port: server.port })
  other.send(`POST /unread ${head}`)
  const { status, interim } = await other.answer()
  assert.deepEqual([status, interim.length], [200, 0])
  reader.destroy()
  other.destroy()
})

test('read, getline and Plack::Request work on a body that comes as it is read', { skip }, async t => {
  const { get } = await perl(t, '--stream-input')
  const text = `first\n${'x'.repeat(300_000)}`
  assert.equal((await get('/reads', { method: 'POST', body: text })).text, 'first\n 300000 300002 0 300006 live')
  const stream = new Blob([text]).stream()
  const chunked = { method: 'POST', body: stream, duplex: 'half' } as RequestInit
  assert.equal((await get('/reads', chunked)).text, 'first\n 300000 300002 0 undef live')
  assert.equal((await get('/form', { method: 'POST', body: new URLSearchParams({ a: 'b c' }) })).text, 'b c')
  assert.equal((await get('/pid')).status, 200)
})

test('a body that is not read holds up nobody', { skip }, async t => {
  const { get } = await perl(t, '--stream-input')
  for (let i = 0; i < 4; i++) {
    const { status, text } = await get('/unread', { method: 'POST', body: 'y'.repeat(200_000) })
    assert.deepEqual([status, text.split(' ')[0]], [200, 'unread'])
  }
})

test('a slow sender is not taken for a hanging child, and one that leaves ends the read', { skip }, async t => {
  const { server, get } = await perl(t, '--stream-input', '--worker-timeout=1')
  const client = await connectRaw({ port: server.port })
  client.send('POST /streams HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\none')
  await until(() => /<one>/.test(client.text))
  await outlast({ server, get })
  client.send('two')
  await until(() => /<two>/.test(client.text))
  assert.doesNotMatch(server.stderr, /silent.* on POST/)
  client.destroy()
  const leaver = await connectRaw({ port: server.port })
  leaver.send('POST /reads HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nfirst\n1')
  leaver.destroy()
  await server.seen(/read (?:undef|first\n {4}) undef undef undef 9 live/)
})

/** Until `--worker-timeout` has passed for a request that came later, and hangs. */
async function outlast({ server, get }: Pick<Awaited<ReturnType<typeof perl>>, 'server' | 'get'>): Promise<void> {
  const hanging = get('/hangs')
  await server.seen(/has been silent for 1 s on GET \/hangs: it is killed/)
  assert.equal((await hanging).status, 504)
}

const UPGRADE = 'HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: lines\r\n\r\n'

test("psgix.io is the client's socket when it asks for another protocol", { skip }, async t => {
  const { server, get } = await perl(t, '--worker-timeout=1')
  const client = await connectRaw({ port: server.port })
  client.send(`GET /socket ${UPGRADE}early\n`)
  await until(() => /^HTTP\/1\.1 101 Switching Protocols\r\n[\s\S]*\r\n\r\n\d+ early\n$/.test(client.text))
  await outlast({ server, get })
  client.send('later\n')
  await until(() => /\d+ later\n/.test(client.text))
  assert.equal((await get('/socket')).text, 'no socket')
  client.send('bye\n')
  client.halfClose()
  await client.ended()
  for (let i = 0; i < 4; i++) assert.equal((await get('/pid')).status, 200)
  const others = server.stderr.split('\n').filter(line => !line.includes('/hangs'))
  assert.doesNotMatch(others.join('\n'), /silent|has not answered|failed/)
})

test('a client that leaves ends the other protocol, too', { skip }, async t => {
  const { server, get } = await perl(t, '--workers=1')
  const client = await connectRaw({ port: server.port })
  client.send(`GET /socket ${UPGRADE}`)
  await until(() => /101 Switching/.test(client.text))
  client.destroy()
  // The only child is free again.
  assert.equal((await get('/pid')).status, 200)
})

test('an application that does not use psgix.io answers as ever', { skip }, async t => {
  const { server } = await perl(t)
  const client = await connectRaw({ port: server.port })
  for (const path of ['ignores', 'ignores', 'ignores', 'hangsup']) client.send(`GET /${path} ${UPGRADE}`)
  const answers = await client.answers(4)
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 500],
  )
  assert.equal(answers[0]!.body.toString(), 'left alone')
  client.destroy()
})

test('the children of a killed server end in the middle of another protocol', { skip }, async t => {
  const { server, processes } = await perl(t)
  const client = await connectRaw({ port: server.port })
  client.send(`GET /socket ${UPGRADE}`)
  await until(() => /101 Switching/.test(client.text))
  const pids = processes()
  for (const pid of server.workers()) process.kill(pid, 'SIGKILL')
  await client.ended()
  await until(() => !pids.some(isAlive))
})

/** At 20 ms each. */
const PIECES = 150

for (const leaves of ['halfClose', 'destroy'] as const) {
  test(`a client that leaves a stream (${leaves}) ends the writer and the body object, and frees the child`, {
    skip,
  }, async t => {
    const { server, get } = await perl(t, '--workers=1')
    for (const [path, ended] of [
      ['events', /events ended in (\d+): The client has gone/],
      ['pulled', /pulled ended in (\d+)/],
    ] as const) {
      const client = await connectRaw({ port: server.port })
      client.send(`GET /${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
      // One that ends along with its request may still wait for its answer; this one has read for longer than that.
      await until(() => client.text.split(/data: x|line/).length > PIECES)
      client[leaves]()
      const [, pid] = await server.seen(ended)
      // The only child serves on.
      assert.equal((await get('/pid')).text.split(' ')[0], pid)
      client.destroy()
    }
  })
}
