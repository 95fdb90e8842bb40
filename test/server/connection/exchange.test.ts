// The exchange on real sockets: what an adapter may do with it, and what its mistakes become.
// The file is long because it walks through every call of the contract.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '../../../src/app/errors.ts'
import type { Exchange } from '../../../src/app/handler.ts'
import { fieldOf } from '../../support/answers.ts'
import { deferred, listening } from '../../support/listening.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const TEXT = ['Content-Type', 'text/plain']

/** Calls `use` with the exchange of one GET; gives what the client received. */
async function answerTo(
  t: Parameters<typeof listening>[0],
  use: (exchange: Exchange) => undefined | Promise<void>,
  request = GET,
) {
  const { connect, logged } = await listening(t, use)
  const client = await connect(request.split(' ')[0]!)
  await client.send(request)
  return { client, logged, answer: () => client.answer() }
}

const MISTAKES: readonly [what: string, use: (exchange: Exchange) => void, sentence: RegExp][] = [
  ['a status that is none', x => x.answer(99, TEXT, ''), /99 is not a status from 200 to 599/],
  ['an interim status as the final one', x => x.answer(103, TEXT, ''), /103 is not a status/],
  ['a field name with a space', x => x.answer(200, ['X Y', 'z'], ''), /"X Y" is not a token/],
  [
    'a field value with CR LF',
    x => x.answer(200, ['X', 'a\r\nSet-Cookie: b=c'], ''),
    /field "X" has a control character/,
  ],
  ['a field value above one byte', x => x.answer(200, ['X', 'сайт'], ''), /field "X"/],
  ['an odd list of fields', x => x.answer(200, ['X'], ''), /odd length/],
  ['a Content-Length that is no number', x => x.answer(200, ['Content-Length', '1 2'], 'abc'), /Content-Length "1 2"/],
  [
    'a Content-Length that the body does not have',
    x => x.answer(200, ['Content-Length', '4'], 'abc'),
    /says 4, the body has 3/,
  ],
  ['two Content-Lengths', x => x.begin(200, ['Content-Length', '4', 'content-length', '5']), /two different/],
  ['a Transfer-Encoding', x => x.answer(200, ['Transfer-Encoding', 'gzip'], ''), /Transfer-Encoding "gzip"/],
  ['a reason phrase with LF', x => x.answer(200, TEXT, '', 'a\nb'), /reason phrase/],
  ['an interim status that is final', x => x.inform(200, []), /200 is not a status from 100 to 199/],
  ['101 as an interim answer', x => x.inform(101, []), /101/],
  ['a write before the head', x => void x.write('a'), /state is "pending"/],
]

for (const [what, use, sentence] of MISTAKES) {
  test(`an exchange refuses ${what} before anything is sent, and the client gets 500`, async t => {
    let mistake: unknown
    const { answer } = await answerTo(t, x => {
      try {
        use(x)
      } catch (error) {
        mistake = error
        x.fail(error)
      }
      return undefined
    })
    assert.equal((await answer()).status, 500)
    assert.ok(mistake instanceof AppError)
    assert.match(mistake.message, sentence)
  })
}

test('an exchange is answered once', async t => {
  let second: unknown
  const { answer } = await answerTo(t, x => {
    x.answer(200, TEXT, 'first')
    try {
      x.answer(200, TEXT, 'second')
    } catch (error) {
      second = error
    }
    return undefined
  })
  assert.equal((await answer()).body.toString(), 'first')
  assert.ok(second instanceof AppError)
})

test('a handler that throws is answered 500 and logged, and the connection lives on', async t => {
  const { client, logged } = await answerTo(t, x => {
    if (x.head.path === '/ok') x.answer(200, TEXT, 'ok')
    else throw new Error('boom')
    return undefined
  })
  await client.send('GET /ok HTTP/1.1\r\nHost: a\r\n\r\n')
  const [first, second] = await client.answers(2)
  assert.equal(first!.status, 500)
  assert.equal(first!.body.toString(), 'Internal Server Error')
  assert.equal(second!.body.toString(), 'ok')
  assert.deepEqual(logged, ['error: The handler failed on GET /: boom'])
})

test('text goes out as UTF-8, bytes as they are, in one piece with the head', async t => {
  const { client } = await answerTo(t, x => {
    x.answer(200, TEXT, x.head.path === '/' ? 'žluťoučký' : Buffer.from([0xff, 0x00, 0xfe]))
    return undefined
  })
  assert.equal((await client.answer()).body.toString('utf8'), 'žluťoučký')
  await client.send('GET /bytes HTTP/1.1\r\nHost: a\r\n\r\n')
  const [, second] = await client.answers(2)
  assert.deepEqual([...second!.body], [0xff, 0x00, 0xfe])
  assert.equal(fieldOf(second!, 'content-length'), '3')
})

test('a body of unknown length is chunked, with trailers; empty pieces are no last chunk', async t => {
  const { answer } = await answerTo(t, x => {
    x.begin(200, TEXT)
    for (const piece of ['', 'ab', Buffer.alloc(0), Buffer.from('cd'), 'é']) x.write(piece)
    x.end(['X-Sum', '4'])
    return undefined
  })
  const whole = await answer()
  assert.equal(whole.framing, 'chunked')
  assert.equal(whole.body.toString(), 'abcdé')
  assert.deepEqual(whole.trailers, [['X-Sum', '4']])
})

test('a body with a Content-Length is sent by length', async t => {
  const { answer } = await answerTo(t, x => {
    x.begin(200, ['Content-Length', '4'])
    x.write('ab')
    x.write('cd')
    x.end()
    return undefined
  })
  const whole = await answer()
  assert.equal(whole.framing, 'length')
  assert.equal(whole.body.toString(), 'abcd')
})

test('a body that is longer than its Content-Length is cut there, and nothing of it is a next response', async t => {
  const { client, logged } = await answerTo(t, x => {
    x.begin(200, ['Content-Length', '4'])
    x.write('abcdHTTP/1.1 200 OK\r\n')
    return undefined
  })
  const answers = await client.allAnswers()
  assert.equal(answers.length, 1)
  assert.equal(answers[0]!.body.toString(), 'abcd')
  assert.match(logged[0]!, /longer than its Content-Length/)
})

test('a body that is shorter than its Content-Length shows as cut', async t => {
  const { client, logged } = await answerTo(t, x => {
    x.begin(200, ['Content-Length', '4'])
    x.write('ab')
    x.end()
    return undefined
  })
  await client.ended()
  await assert.rejects(client.allAnswers())
  assert.match(logged[0]!, /2 bytes shorter than its Content-Length/)
})

test('a chunked answer that fails is never ended as if it were whole', async t => {
  const { client } = await answerTo(t, x => {
    x.begin(200, TEXT)
    x.write('ab')
    x.fail(new Error('broken'))
    return undefined
  })
  await client.ended()
  assert.ok(client.text.endsWith('2\r\nab\r\n'), client.text)
})

test('an HTTP/1.0 answer without a length that fails is reset: its end would look like the end of the body', async t => {
  const seen = deferred()
  const { client } = await answerTo(
    t,
    async x => {
      x.begin(200, TEXT)
      x.write('ab')
      await seen.promise
      x.fail(new Error('broken'))
    },
    'GET / HTTP/1.0\r\n\r\n',
  )
  await client.seen('ab')
  seen.resolve()
  assert.equal(await client.ended(), 'rst')
})

test('HEAD, 204 and 304 have no body; 204 has no length either', async t => {
  const answers: Record<string, (x: Exchange) => void> = {
    '/head': x => x.answer(200, TEXT, 'abc'),
    '/204': x => x.answer(204, ['Content-Length', '3'], 'abc'),
    '/304': x => x.answer(304, ['Content-Length', '3'], ''),
    '/stream': x => {
      x.begin(200, ['Content-Length', '3'])
      x.write('abc')
      x.end()
    },
  }
  const { connect } = await listening(t, x => {
    answers[x.head.path]!(x)
    return undefined
  })
  const client = await connect('HEAD', 'GET', 'GET', 'HEAD')
  const paths = ['HEAD /head', 'GET /204', 'GET /304', 'HEAD /stream']
  for (const path of paths) await client.send(`${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  const got = await client.answers(4)
  assert.deepEqual(
    got.map(answer => [answer.status, fieldOf(answer, 'content-length')]),
    [
      [200, '3'],
      [204, undefined],
      [304, '3'],
      [200, '3'],
    ],
  )
})

test("the app's own Date and Server replace the server's; its Transfer-Encoding: chunked is a request", async t => {
  const { answer } = await answerTo(t, x => {
    x.begin(200, ['date', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Server', 'mine', 'Transfer-Encoding', 'chunked'])
    x.write('a')
    x.end()
    return undefined
  })
  const whole = await answer()
  assert.equal(fieldOf(whole, 'date'), 'Thu, 01 Jan 1970 00:00:00 GMT')
  assert.equal(fieldOf(whole, 'server'), 'mine')
  assert.equal(whole.body.toString(), 'a')
})

test('interim answers come before the final one, and never to HTTP/1.0', async t => {
  const use = (x: Exchange): undefined => {
    x.inform(103, ['Link', '</a.css>; rel=preload'])
    x.answer(200, TEXT, '')
  }
  const modern = await (await answerTo(t, use)).answer()
  assert.deepEqual(
    modern.interim.map(({ status, fields }) => [status, fields]),
    [[103, [['Link', '</a.css>; rel=preload']]]],
  )
  const old = await (await answerTo(t, use, 'GET / HTTP/1.0\r\n\r\n')).answer()
  assert.deepEqual(old.interim, [])
})

test('signal and onGone tell that the client has left; what is written then goes nowhere', async t => {
  const gone = deferred<string>()
  const { client } = await answerTo(t, x => {
    x.signal.addEventListener('abort', () => {
      x.onGone = () => gone.resolve(`${x.isGone} ${x.signal.aborted}`)
    })
    x.inform(102, [])
    return undefined
  })
  await client.seen('102')
  client.socket.resetAndDestroy()
  // A reset aborts the signal and then calls onGone, with both telling the same.
  assert.equal(await gone.promise, 'true true')
})

test('a client that has only closed its sending side aborts the signal and still gets its answer', async t => {
  const aborted = deferred()
  const { client } = await answerTo(t, async x => {
    x.signal.addEventListener('abort', () => aborted.resolve())
    await aborted.promise
    x.answer(200, TEXT, `gone: ${x.isGone}`)
  })
  client.halfClose()
  assert.equal((await client.answer()).body.toString(), 'gone: false')
})

test("an app's own bytes go out as they are", async t => {
  const { client } = await answerTo(t, x => {
    x.beginRaw(200)
    x.writeRaw('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\né', 'utf8')
    x.writeRaw(Buffer.from([0x41]))
    x.writeRaw('B', 'latin1')
    x.endRaw(true)
    return undefined
  })
  assert.equal((await client.answer()).body.toString(), 'éAB')
  await client.send(GET)
  assert.equal((await client.answers(2)).length, 2)
})

test("onAnswered is told the body and the fields of an app's own bytes", async t => {
  const records: [number, string | undefined][] = []
  const { connect } = await listening(
    t,
    x => {
      const head = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Kind: a\r\nx-kind:b\r\n\r\n'
      x.beginRaw(200, head)
      x.writeRaw(`${head}é`, 'utf8')
      x.writeRaw(Buffer.from('AB'))
      x.endRaw(true)
      return undefined
    },
    {},
    { onAnswered: r => records.push([r.bodyBytes, r.responseField('x-kind')]) },
  )
  const client = await connect('GET')
  await client.send(GET)
  await client.answers(1)
  assert.deepEqual(records, [[4, 'a, b']])
})

test('onAnswered is told once per request what became of it', async t => {
  const records: [number, number, boolean, string | undefined][] = []
  const { connect } = await listening(
    t,
    x => {
      x.answer(201, ['X-Kind', 'a', 'x-kind', 'b'], 'é')
      return undefined
    },
    {},
    { onAnswered: r => records.push([r.status, r.bodyBytes, r.isComplete, r.responseField('x-kind')]) },
  )
  const client = await connect('GET', 'HEAD')
  await client.send(`${GET}HEAD / HTTP/1.1\r\nHost: a\r\n\r\n`)
  await client.answers(2)
  assert.deepEqual(records, [
    [201, 2, true, 'a, b'],
    [201, 0, true, 'a, b'],
  ])
})
