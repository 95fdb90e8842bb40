// What --limit-*, --max-* of connections and requests, --input-* and --health-path do.
import assert from 'node:assert/strict'
import { LIMIT_OPTIONS } from '../../../src/config/options/limits.ts'
import { type Answer, fieldOf } from '../../support/answers.ts'
import type { RawClient } from '../../support/raw-client.ts'
import { effectsOf, type Served, served } from './effects.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n'

/** Status of a request on a connection of its own. */
async function statusOf(server: Served, request: string): Promise<number> {
  const client = await server.connect()
  await client.send(request)
  const { status } = await client.answer()
  client.destroy()
  return status
}

async function statusesOf(server: Served, ...requests: readonly string[]): Promise<number[]> {
  return await Promise.all(requests.map(request => statusOf(server, request)))
}

const line = (bytes: number): string => `GET /${'x'.repeat(bytes - 14)} HTTP/1.1\r\nHost: a\r\n\r\n`
const field = (bytes: number): string => `${GET}X: ${'x'.repeat(bytes - 3)}\r\n\r\n`
const fields = (count: number): string => `${GET}${'X: y\r\n'.repeat(count - 1)}\r\n`
/** `GET` and the empty line are 27 bytes, a whole field line of 50 bytes fills up. */
const head = (bytes: number): string =>
  `${GET}${`X: ${'x'.repeat(45)}\r\n`.repeat(Math.floor((bytes - 27) / 50) - 1)}Y: ${'y'.repeat(45 + ((bytes - 27) % 50))}\r\n\r\n`
const body = (bytes: number): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n${'b'.repeat(bytes)}`
const chunked = (bytes: number): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${bytes.toString(16)}\r\n${'b'.repeat(bytes)}\r\n0\r\n\r\n`

/** A body that no default and no disk would take is asked for. */
async function asksForAnyBody(server: Served): Promise<void> {
  assert.deepEqual(await statusesOf(server, body(1), chunked(100_000)), [200, 200])
  const client = await server.connect()
  await client.send(`POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ${2 ** 40}\r\n\r\n`)
  await client.seen('HTTP/1.1 100 Continue\r\n')
  client.destroy()
}

/** Many requests on one connection, all of which leave it open. */
async function keepsOn(server: Served): Promise<void> {
  const client = await server.connect()
  await client.send(`${GET}\r\n`.repeat(50))
  const answers = await client.answers(50)
  assert.deepEqual(
    answers.filter(answer => fieldOf(answer, 'connection') === 'close'),
    [],
  )
  client.destroy()
}

async function opened(server: Served, count: number): Promise<RawClient[]> {
  return await Promise.all(Array.from({ length: count }, () => server.connect()))
}

/** One worker holds the bodies, and its open files are seen. */
const inputs = {
  args: ['--workers=1'],
  skip: process.platform === 'linux' ? (false as const) : 'open files are read from /proc',
}

async function spoolsOf(server: Served, bytes: number): Promise<string[]> {
  const { text } = await server.ask('/files', { method: 'POST', body: 'b'.repeat(bytes) })
  return text.split('\n').filter(file => file.startsWith(server.folder) && file.endsWith(' (deleted)'))
}

/** Acts while the one request that may be worked on is; gives what others were told. */
async function whileFull(server: Served, act: () => Promise<void>): Promise<Answer> {
  const [busy, other] = await opened(server, 2)
  await busy!.send('GET /never HTTP/1.1\r\nHost: a\r\n\r\n')
  for (let count = 1; ; count++) {
    await other!.send(`${GET}\r\n`)
    const answer = (await other!.answers(count)).at(-1)!
    // The busy request may still be on its way.
    if (answer.status === 200) continue
    await act()
    busy!.destroy()
    other!.destroy()
    return answer
  }
}

const refusal = (answer: Answer): unknown[] => [answer.status, fieldOf(answer, 'retry-after')]

effectsOf(LIMIT_OPTIONS, [
  served(
    { args: ['--workers=1'] },
    [
      '--limit-request-line=100',
      'a longer request line gets 414',
      async server => assert.deepEqual(await statusesOf(server, line(100), line(101)), [200, 414]),
    ],
    [
      '--limit-request-field-size=200',
      'a longer field gets 431',
      async server => assert.deepEqual(await statusesOf(server, field(200), field(201)), [200, 431]),
    ],
    [
      '--limit-request-fields=10',
      'more fields get 431',
      async server => assert.deepEqual(await statusesOf(server, fields(10), fields(11)), [200, 431]),
    ],
    [
      '--limit-request-head=400',
      'a larger head gets 431',
      async server => assert.deepEqual(await statusesOf(server, head(400), head(401)), [200, 431]),
    ],
    [
      '--limit-request-body=10',
      'a larger body gets 413, whole or in chunks',
      async server =>
        assert.deepEqual(await statusesOf(server, body(10), body(11), chunked(10), chunked(11)), [200, 413, 200, 413]),
    ],
    [
      '--max-keepalive-reqs=2',
      'the second answer closes the connection',
      async server => {
        const client = await server.connect()
        await client.send(`${GET}\r\n`.repeat(3))
        const answers = await client.allAnswers()
        assert.deepEqual(
          answers.map(answer => fieldOf(answer, 'connection')),
          [undefined, 'close'],
        )
      },
    ],
  ),
  served(
    { args: ['--workers=1'] },
    [
      '--limit-request-field_size=200',
      'the same as --limit-request-field-size',
      async server => assert.deepEqual(await statusesOf(server, field(200), field(201)), [200, 431]),
    ],
    ['--limit-request-body=0', 'a body of any size is read', asksForAnyBody],
    ['--max-keepalive-reqs=0', 'no answer closes the connection', keepsOn],
    [
      '--max-connections=0',
      'connections are not counted',
      async server => {
        const clients = await opened(server, 100)
        for (const client of clients) await client.send(`${GET}\r\n`)
        for (const client of clients) assert.equal((await client.answer()).status, 200)
        for (const client of clients) client.destroy()
      },
    ],
    [
      '--max-inflight=0',
      'requests in work are not counted',
      async server => {
        const replies = await Promise.all(Array.from({ length: 50 }, () => server.ask('/together?50')))
        assert.deepEqual(
          replies.filter(reply => reply.status !== 200),
          [],
        )
      },
    ],
  ),
  served(
    { args: ['--workers=1'] },
    ['--limit-request-body=inf', 'a body of any size is read', asksForAnyBody],
    ['--max-keepalive-reqs=inf', 'no answer closes the connection', keepsOn],
  ),
  served(
    { args: ['--workers=1'] },
    ['--limit-request-body=unlimited', 'a body of any size is read', asksForAnyBody],
    ['--max-keepalive-reqs=unlimited', 'no answer closes the connection', keepsOn],
  ),
  served({ args: ['--workers=1'] }, [
    '--max-connections=2',
    'the third connection gets 503',
    async server => {
      const [first, second] = await opened(server, 2)
      await first!.send(`${GET}\r\n`)
      await second!.send(`${GET}\r\n`)
      await Promise.all([first!.answer(), second!.answer()])
      const [third] = await opened(server, 1)
      const [answer] = await third!.allAnswers()
      assert.deepEqual(refusal(answer!), [503, '1'])
      first!.destroy()
      second!.destroy()
    },
  ]),
  served({ args: ['--workers=1'] }, [
    '--max-inflight=1',
    'the second request at a time gets 503',
    async server => assert.deepEqual(refusal(await whileFull(server, async () => undefined)), [503, '1']),
  ]),
  served({ args: ['--workers=1', '--max-inflight=1'] }, [
    '--health-path=/healthz',
    'is answered by a server that turns others away',
    server =>
      whileFull(server, async () => {
        assert.deepEqual([(await server.ask('/healthz?x')).status, (await server.ask('/health')).status], [200, 503])
      }),
  ]),
  served({ ...inputs, args: [...inputs.args, '--input-dir=@/.'] }, [
    '--input-buffer=100',
    'a larger body lies in a file',
    async server => {
      assert.deepEqual(await spoolsOf(server, 100), [])
      assert.equal((await spoolsOf(server, 101)).length, 1)
    },
  ]),
  served({ ...inputs, args: [...inputs.args, '--input-dir=@/.'] }, [
    '--input-buffer=0',
    'every body lies in a file',
    async server => assert.equal((await spoolsOf(server, 1)).length, 1),
  ]),
  served({ ...inputs, args: [...inputs.args, '--input-buffer=0'] }, [
    '--input-dir=@/.',
    'the file lies there',
    async server => assert.equal((await spoolsOf(server, 1)).length, 1),
  ]),
])
