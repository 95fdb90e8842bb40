// What a server may send (RFC 9110 section 6.4 and 15, RFC 9112 section 6): whatever the application does, the framing is ours.
// The file is long because the RFC is: it follows the order of its sections.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Exchange } from '../../src/app/handler.ts'
import { type Answer, fieldOf } from '../support/answers.ts'
import { deferred, type Listening, listening } from '../support/listening.ts'

const request = (method: string, version = '1.1') => `${method} /x HTTP/${version}\r\nHost: a\r\n\r\n`

type Act = (exchange: Exchange) => void | Promise<void>
const serving = (t: Parameters<typeof listening>[0], act: Act): Promise<Listening> =>
  listening(t, exchange => act(exchange) as undefined)

/** The answer to one request of `method`, followed by another one on the same connection where that is possible. */
async function answersTo(
  server: Listening,
  method = 'GET',
  version = '1.1',
): Promise<{ answers: readonly Answer[]; text: string }> {
  const client = await server.connect(method, method)
  await client.send(request(method, version).repeat(2))
  client.halfClose()
  return { answers: await client.allAnswers(), text: client.text }
}

const streamed: Act = exchange => {
  exchange.begin(200, ['X', 'y'])
  exchange.write('hello ')
  exchange.write('')
  exchange.write(Buffer.from('wörld'))
  exchange.end()
}

describe('framing (RFC 9112 6.3)', () => {
  test('a known body has its length, in bytes', async t => {
    const { answers } = await answersTo(await serving(t, exchange => exchange.answer(200, [], 'wörld')))
    assert.deepEqual(
      answers.map(({ framing, body }) => [framing, body.toString()]),
      [
        ['length', 'wörld'],
        ['length', 'wörld'],
      ],
    )
  })

  test('an unknown one is chunked on 1.1; an empty write is no last chunk', async t => {
    const { answers } = await answersTo(await serving(t, streamed))
    assert.deepEqual(
      answers.map(({ framing, body }) => [framing, body.toString()]),
      [
        ['chunked', 'hello wörld'],
        ['chunked', 'hello wörld'],
      ],
    )
  })

  test('an unknown one ends with the connection on 1.0, keep-alive or not', async t => {
    const server = await serving(t, streamed)
    for (const fields of ['', 'Connection: keep-alive\r\n']) {
      const client = await server.connect()
      await client.send(`GET / HTTP/1.0\r\n${fields}\r\n`)
      const [answer] = await client.allAnswers()
      assert.deepEqual(
        [answer!.framing, answer!.body.toString(), fieldOf(answer!, 'connection')],
        ['close', 'hello wörld', 'close'],
      )
    }
  })

  test("the application's length is used when it streams", async t => {
    const { answers } = await answersTo(
      await serving(t, exchange => {
        exchange.begin(200, ['content-length', '5'])
        exchange.write('he')
        exchange.write('llo')
        exchange.end()
      }),
    )
    assert.deepEqual(
      answers.map(({ framing, body }) => [framing, body.toString()]),
      [
        ['length', 'hello'],
        ['length', 'hello'],
      ],
    )
  })

  test('never both framing fields, whatever the application says', async t => {
    const { answers } = await answersTo(
      await serving(t, exchange => {
        exchange.begin(200, ['Content-Length', '5', 'Transfer-Encoding', 'chunked'])
        exchange.write('hello')
        exchange.end()
      }),
    )
    assert.deepEqual(
      answers.map(({ body }) => body.toString()),
      ['hello', 'hello'],
    )
  })

  for (const status of [204, 304]) {
    test(`a ${status} has no body and the connection goes on`, async t => {
      const acts: Act[] = [
        exchange => exchange.answer(status, [], 'body'),
        exchange => exchange.answer(status, ['Content-Length', '4'], 'body'),
        exchange => exchange.answer(status, ['Transfer-Encoding', 'chunked'], ''),
        exchange => {
          exchange.begin(status, [])
          exchange.write('body')
          exchange.end()
        },
      ]
      for (const act of acts) {
        const { answers, text } = await answersTo(await serving(t, act))
        assert.equal(answers.length, 2)
        assert.ok(!text.includes('body'))
        assert.ok(!/transfer-encoding/i.test(text))
        if (status === 204) assert.ok(!/content-length/i.test(text))
      }
    })
  }

  test('HEAD has the head of GET and no body, in every style', async t => {
    const acts: Act[] = [
      exchange => exchange.answer(200, [], 'hello'),
      streamed,
      exchange => exchange.answer(404, ['Content-Length', '5'], ''),
    ]
    for (const act of acts) {
      const { answers, text } = await answersTo(await serving(t, act), 'HEAD')
      assert.equal(answers.length, 2)
      assert.ok(!text.includes('hello'))
    }
    const { answers } = await answersTo(await serving(t, acts[0]!), 'HEAD')
    assert.equal(fieldOf(answers[0]!, 'content-length'), '5')
  })

  test('trailers follow a chunked body', async t => {
    const { answers } = await answersTo(
      await serving(t, exchange => {
        exchange.begin(200, [])
        exchange.write('x')
        exchange.end(['X-Sum', '1'])
      }),
    )
    assert.deepEqual(answers[0]!.trailers, [['X-Sum', '1']])
  })
})

describe("the application's mistakes", () => {
  const answer =
    (status: number, fields: readonly string[]): Act =>
    exchange =>
      exchange.answer(status, fields, 'x')
  const begin =
    (status: number, fields: readonly string[]): Act =>
    exchange =>
      exchange.begin(status, fields)
  const cases: readonly (readonly [string, number, readonly string[]])[] = [
    ['CR and LF in a value', 200, ['X', 'a\r\nSet-Cookie: evil=1']],
    ['a bare LF in a value', 200, ['X', 'a\nb']],
    ['a NUL in a value', 200, ['X', 'a\0b']],
    ['a character above one byte in a value', 200, ['X', 'snow \u2603']],
    ['a CRLF in a name', 200, ['X: y\r\nZ', 'a']],
    ['a space in a name', 200, ['X Y', 'a']],
    ['a colon in a name', 200, ['X:', 'a']],
    ['an empty name', 200, ['', 'a']],
    ['a list of odd length', 200, ['X']],
    ['a length that is no number', 200, ['Content-Length', '1x']],
    ['a negative length', 200, ['Content-Length', '-1']],
    ['two lengths', 200, ['Content-Length', '1', 'Content-Length', '2']],
    ['another transfer coding', 200, ['Transfer-Encoding', 'gzip, chunked']],
    ['status 0', 0, []],
    ['status 99', 99, []],
    ['status 100 as the final one', 100, []],
    ['status 101 without taking over', 101, []],
    ['status 600', 600, []],
    ['status 200.5', 200.5, []],
    ['status NaN', Number.NaN, []],
  ]
  for (const [name, status, fields] of cases) {
    test(`${name}: 500, logged, and nothing of it is sent`, async t => {
      for (const act of [answer(status, fields), begin(status, fields)]) {
        const server = await serving(t, act)
        const { answers, text } = await answersTo(server)
        assert.deepEqual(
          answers.map(answer => answer.status),
          [500, 500],
        )
        assert.ok(!/evil|snow|at .*\.js/.test(text), text)
        assert.equal(server.logged.filter(line => line.startsWith('error: ')).length, 2)
      }
    })
  }

  test('a body of another length than its Content-Length is 500 when it is known in time', async t => {
    for (const length of ['4', '6']) {
      const { answers } = await answersTo(
        await serving(t, exchange => exchange.answer(200, ['Content-Length', length], 'hello')),
      )
      assert.deepEqual(
        answers.map(({ status }) => status),
        [500, 500],
      )
    }
  })

  test('a streamed body longer than its Content-Length is cut there, and the connection with it: no response splitting', async t => {
    const server = await serving(t, exchange => {
      exchange.begin(200, ['Content-Length', '5'])
      exchange.write('hel')
      exchange.write('loHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      if (exchange.state === 'body') exchange.end()
    })
    const client = await server.connect()
    await client.send(request('GET').repeat(2))
    await client.ended()
    const [head, body] = client.text.split('\r\n\r\n')
    assert.ok(head!.includes('Content-Length: 5'))
    assert.equal(body, 'hello')
    assert.equal(server.server.stats.requests, 1)
    assert.ok(server.logged.some(line => line.includes('longer than its Content-Length')))
  })

  test('a streamed body shorter than its Content-Length cuts the connection', async t => {
    const server = await serving(t, exchange => {
      exchange.begin(200, ['Content-Length', '50'])
      exchange.write('hello')
      exchange.end()
    })
    const client = await server.connect()
    await client.send(request('GET').repeat(2))
    await client.ended()
    assert.ok(client.text.endsWith('\r\n\r\nhello'))
    assert.equal(server.server.stats.requests, 1)
    assert.ok(server.logged.some(line => line.includes('shorter than its Content-Length')))
  })

  test('a chunked answer that fails is cut, never ended with a last chunk', async t => {
    const server = await serving(t, exchange => {
      exchange.begin(200, [])
      exchange.write('hello')
      throw new Error('broken')
    })
    const client = await server.connect()
    await client.send(request('GET').repeat(2))
    await client.ended()
    assert.ok(client.text.endsWith('5\r\nhello\r\n'), client.text)
    assert.equal(server.server.stats.requests, 1)
  })

  test('an answer of HTTP/1.0 that fails ends in a reset: its end would look like a good one', async t => {
    const begun = deferred()
    const server = await serving(t, async exchange => {
      exchange.begin(200, [])
      exchange.write('hello')
      await begun.promise
      throw new Error('broken')
    })
    const client = await server.connect()
    await client.send(request('GET', '1.0'))
    await client.seen('hello')
    begun.resolve()
    assert.equal(await client.ended(), 'rst')
  })

  test('a handler that throws or rejects is 500, logged, and the connection goes on', async t => {
    for (const act of [
      () => {
        throw new Error('broken')
      },
      () => Promise.reject(new Error('broken')),
    ] as Act[]) {
      const server = await serving(t, act)
      const { answers, text } = await answersTo(server)
      assert.deepEqual(
        answers.map(({ status }) => status),
        [500, 500],
      )
      assert.ok(!text.includes('broken'))
      assert.ok(server.logged.every(line => line.includes('broken')))
    }
  })

  test('a second answer throws at the application and sends nothing', async t => {
    const mistakes: string[] = []
    const { answers } = await answersTo(
      await serving(t, exchange => {
        exchange.answer(200, [], 'first')
        for (const again of [
          () => exchange.answer(200, [], 'second'),
          () => exchange.begin(200, []),
          () => exchange.write('x'),
          () => exchange.end(),
        ]) {
          try {
            again()
          } catch (error) {
            mistakes.push((error as Error).name)
          }
        }
      }),
    )
    assert.deepEqual(
      answers.map(({ body }) => body.toString()),
      ['first', 'first'],
    )
    assert.deepEqual(mistakes, Array(8).fill('AppError'))
  })
})

describe('fields of the server (RFC 9110 6.6.1, 10.2.4)', () => {
  test('Date and Server are added, unless the application gives its own', async t => {
    const {
      answers: [plain],
    } = await answersTo(await serving(t, exchange => exchange.answer(200, [], '')))
    assert.match(fieldOf(plain!, 'date')!, /GMT$/)
    assert.equal(fieldOf(plain!, 'server'), 'Starlight')
    const {
      answers: [own],
    } = await answersTo(await serving(t, exchange => exchange.answer(200, ['date', 'today', 'SERVER', 'me'], '')))
    assert.deepEqual([fieldOf(own!, 'date'), fieldOf(own!, 'server')], ['today', 'me'])
  })

  test('fields keep their order, their case and their repeats', async t => {
    const {
      answers: [answer],
    } = await answersTo(
      await serving(t, exchange =>
        exchange.answer(200, ['B', '1', 'a', '2', 'Set-Cookie', 'x', 'Set-Cookie', 'y'], ''),
      ),
    )
    const names = answer!.fields.map(([name, value]) => `${name}=${value}`)
    assert.deepEqual(
      names.filter(name => /^(B|a|Set-Cookie)=/.test(name)),
      ['B=1', 'a=2', 'Set-Cookie=x', 'Set-Cookie=y'],
    )
  })

  test('the answer to a fault of a HEAD request has no body', async t => {
    const server = await serving(t, exchange => exchange.answer(200, [], ''))
    for (const head of [
      'HEAD / HTTP/1.1\r\n\r\n',
      'HEAD / HTTP/1.1\r\nHost: a\r\nX y\r\n\r\n',
      'HEAD /%00 HTTP/1.1\r\nHost: a\r\n\r\n',
    ]) {
      for (const isDripped of [false, true]) {
        const client = await server.connect('HEAD')
        await (isDripped ? client.drip(head) : client.send(head))
        const [answer] = await client.allAnswers()
        assert.equal(answer!.status, 400)
        assert.ok(client.text.endsWith('\r\n\r\n'))
      }
    }
  })
})

describe('interim answers (RFC 9110 15.2)', () => {
  test('103 comes before the final answer, and never to HTTP/1.0', async t => {
    const server = await serving(t, exchange => {
      exchange.inform(103, ['Link', '</x>; rel=preload'])
      exchange.answer(200, [], 'x')
    })
    const { answers } = await answersTo(server)
    assert.deepEqual(
      answers.map(({ interim }) => interim.map(({ status }) => status)),
      [[103], [103]],
    )
    const { text } = await answersTo(server, 'GET', '1.0')
    assert.ok(!text.includes('103'))
  })

  test('an interim answer is checked like a final one', async t => {
    for (const [status, fields] of [
      [101, []],
      [200, []],
      [99, []],
      [103, ['X', 'a\r\nb']],
    ] as const) {
      const { answers } = await answersTo(await serving(t, exchange => exchange.inform(status, fields)))
      assert.deepEqual(
        answers.map(answer => answer.status),
        [500, 500],
      )
    }
  })
})
