// Field names that nobody has sent before cost at most three times what known ones do, and few of them are learnt.
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import { fetchHandler } from '../../src/app/fetch/adapter/handler.ts'
import type { AppContext, Handler } from '../../src/app/handler.ts'
import { nodeHandler } from '../../src/app/node/handler.ts'
import { encodeEnv } from '../../src/app/perl/env.ts'
import { psgiHandler } from '../../src/app/psgi/handler.ts'
import { NAMES_KEPT, nextNumber } from '../../src/http1/request/field-names.ts'
import { contextOf } from '../../src/server/library/app-context.ts'
import { OpenTransport, SILENT } from '../support/open-transport.ts'

const CONTEXT: AppContext = contextOf({}, SILENT, new Set())
const HANDLERS: Readonly<Record<string, Handler>> = {
  psgi: psgiHandler(env => [200, [], [String(env['HTTP_ACCEPT'])]], CONTEXT),
  fetch: fetchHandler(() => new Response('x'), CONTEXT),
  node: nodeHandler((_req: IncomingMessage, res: ServerResponse) => void res.end('x'), CONTEXT),
  perl: exchange => exchange.answer(200, [], encodeEnv(exchange, 0)) as undefined,
}

const HEADS = 42
let made = 0

/** What a client pipelines: heads of 99 names of 58 bytes. */
function heads(areNew: boolean): Buffer {
  const name = (i: number): string => (areNew ? `${(made++).toString(36)}-` : `X-Known-${i}-`).padEnd(58, 'n')
  const head = (): string =>
    `GET / HTTP/1.1\r\nHost: a\r\n${Array.from({ length: 99 }, (_, i) => `${name(i)}: v\r\n`).join('')}\r\n`
  return Buffer.from(Array.from({ length: HEADS }, head).join(''), 'latin1')
}

/** Microseconds of CPU for what four clients send. */
async function cost(handler: Handler, areNew: boolean): Promise<number> {
  const sent = Array.from({ length: 4 }, () => heads(areNew))
  const before = process.cpuUsage()
  for (const bytes of sent) {
    OpenTransport.connect(handler).received(bytes)
    await new Promise(setImmediate)
  }
  const { user, system } = process.cpuUsage(before)
  return user + system
}

for (const [kind, handler] of Object.entries(HANDLERS)) {
  test(`99 new names of a request cost about what known ones do, for ${kind}`, async () => {
    const ratios: number[] = []
    for (let i = 0; i < 25; i++) {
      const known = await cost(handler, false)
      ratios.push((await cost(handler, true)) / known)
    }
    // The first rounds are V8's.
    const median = ratios.slice(6).sort((a, b) => a - b)[9]!
    assert.ok(median <= 3, `${median.toFixed(2)} times`)
  })
}

test('names that are made up are learnt until the credit is spent, then rarely', () => {
  const send = (areNew: boolean): void => OpenTransport.connect(HANDLERS['fetch']!).received(heads(areNew))
  const before = nextNumber()
  // 42 heads with four names each; the credit is at most NAMES_KEPT names.
  for (let i = 0; i < 60; i++) send(true)
  const after = nextNumber()
  assert.ok(after - before <= NAMES_KEPT + (60 * HEADS) / 16 + 10, `${after - before}`)
  for (let i = 0; i < 60; i++) send(true)
  assert.ok(nextNumber() - after <= (60 * HEADS) / 16 + 10, `${nextNumber() - after}`)
})
