// What was checked last is remembered: whatever came before, the same fields must mean the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headLines, headOfLength } from '../../../src/http1/response/encode.ts'
import { checkResponseFields, type ResponseFields } from '../../../src/http1/response/response-fields.ts'

const FIELDS: readonly (readonly [string, string])[] = [
  ['X-A', '1'],
  ['X-A', '2'],
  ['x-b', ''],
  ['Date', 'today'],
  ['Server', 'mine'],
  ['Connection', 'close'],
  ['Transfer-Encoding', 'chunked'],
  ['Content-Length', '5'],
  ['content-length', '5'],
]
const REFUSED: readonly (readonly [string, string])[] = [
  ['X A', '1'],
  ['X-A', '1\r\nSet-Cookie: stolen=1'],
  ['Content-Length', '-1'],
  ['Content-Length', '6'],
  ['Transfer-Encoding', 'gzip'],
]

/** The plain way to say the same. */
function meaningOf(list: readonly string[]): ResponseFields {
  const pairs = list.flatMap((name, i) => (i % 2 === 0 ? [[name, list[i + 1]!] as const] : []))
  const says = (name: string) => list.some(text => text.toLowerCase() === name)
  const passedOn = pairs.filter(([name]) => !/^(connection|transfer-encoding|content-length)$/i.test(name))
  return {
    lines: passedOn.map(([name, value]) => `${name}: ${value}\r\n`).join(''),
    contentLength: says('content-length') ? 5 : -1,
    closes: says('connection'),
    hasDate: says('date'),
    hasServer: says('server'),
  }
}

/** Numbers that look random and are the same in each run (a linear congruential generator). */
function dice(): (sides: number) => number {
  let state = 1
  return sides => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

test('20000 lists, each near the one before: fields mean what they mean alone', () => {
  const roll = dice()
  let list: string[] = []
  for (let i = 0; i < 20_000; i++) {
    list = [...list]
    const place = 2 * roll(5)
    if (place < list.length && roll(3) === 0) list.splice(place, 2)
    else list.splice(place, 2 * roll(2), ...FIELDS[roll(FIELDS.length)]!)
    assert.deepEqual(checkResponseFields(list), meaningOf(list))
    const bad = [...list, ...REFUSED[roll(REFUSED.length)]!]
    const isOdd = bad.at(-1) === '6' && meaningOf(list).contentLength < 0
    if (!isOdd) assert.equal(typeof checkResponseFields(bad), 'string', bad.join())
  }
})

test('a list that its application changes afterwards is another list', () => {
  const list = ['X-A', '1', 'X-B', '2']
  assert.equal((checkResponseFields(list) as ResponseFields).lines, 'X-A: 1\r\nX-B: 2\r\n')
  list[3] = '3'
  assert.equal((checkResponseFields(list) as ResponseFields).lines, 'X-A: 1\r\nX-B: 3\r\n')
  list[1] = 'a\nb'
  assert.equal(typeof checkResponseFields(list), 'string')
})

test('20000 heads, each near the one before: none says what another said', () => {
  const roll = dice()
  const all = [
    checkResponseFields(['X-A', '1']),
    checkResponseFields(['X-A', '2']),
    checkResponseFields(['Date', 'x', 'Server', 'y']),
  ]
  const fields = all as ResponseFields[]
  const now = { status: 200, fields: 0, date: 'Date: 1\r\n', server: '', length: 1 }
  for (let i = 0; i < 20_000; i++) {
    // Often the same several times in a row: the fifth is written down anew.
    const change = roll(12)
    if (change === 0) now.status = 200 + roll(3)
    if (change === 1) now.fields = roll(3)
    if (change === 2) now.date = `Date: ${roll(3)}\r\n`
    if (change === 3) now.server = roll(2) === 0 ? '' : 'Server: s\r\n'
    if (change === 4) now.length = roll(3)
    const { status, date, server, length } = now
    const mine = fields[now.fields]!
    if (change === 5) headLines(status, fields[roll(3)]!, date, server)
    const phrase = { 200: 'OK', 201: 'Created', 202: 'Accepted' }[status]
    const rest = (mine.hasDate ? '' : date) + (mine.hasServer ? '' : server) + mine.lines
    const head = `HTTP/1.1 ${status} ${phrase}\r\n${rest}Content-Length: ${length}\r\n\r\n`
    assert.equal(headOfLength(status, mine, date, server, length), head)
  }
})
