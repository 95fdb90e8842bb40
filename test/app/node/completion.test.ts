import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { Completion } from '../../../src/app/node/completion.ts'
import type { GenuineRequest, GenuineResponse } from '../../../src/app/node/internals.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { quiet } from './both.ts'

const SOCKET = { conclude() {} }

function pair(): [GenuineRequest, GenuineResponse, string[]] {
  const req = new IncomingMessage(new Socket()) as GenuineRequest
  const res = new ServerResponse(req) as unknown as GenuineResponse
  req.complete = true
  const notes: string[] = []
  res.on('close', () => notes.push('close'))
  return [req, res, notes]
}

test('Callbacks run in order, and the last completion closes behind them', async () => {
  const [req, res, notes] = pair()
  const completion = new Completion(SOCKET, new FakeExchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), req, res)
  completion.callbacks.push(
    () => notes.push('written'),
    () => notes.push('finish'),
  )
  completion.isLast = true
  completion.run()
  assert.deepEqual([notes, completion.isOver, res.socket], [['written', 'finish'], true, null])
  await quiet()
  assert.deepEqual(notes, ['written', 'finish', 'close'])
  assert.equal(req.destroyed, true)
})

test('No callback of a response that is destroyed says that it was sent', () => {
  const [req, res, notes] = pair()
  const completion = new Completion(SOCKET, new FakeExchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), req, res)
  completion.callbacks.push(() => notes.push('written'))
  res.destroyed = true
  completion.run()
  assert.deepEqual(notes, [])
})
