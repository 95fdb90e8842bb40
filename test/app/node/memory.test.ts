// Whose memory is it? Bytes that were written belong to the application again when their callback says so.
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import { deferred, listening } from '../../support/listening.ts'
import { testContext } from './both.ts'

const PIECES = 200
const PIECE_BYTES = 65_536

/** Sends pieces of one letter each out of one buffer, which it fills again as soon as it may. `isFull`: a piece has to wait. */
function reuses(isFull: () => void): (req: IncomingMessage, res: ServerResponse) => void {
  return (_req, res) => {
    const buffer = Buffer.alloc(PIECE_BYTES)
    let sent = 0
    const next = (): void => {
      if (sent === PIECES) return void res.end()
      const piece = sent
      res.write(buffer.fill(97 + (piece % 26)), () => {
        sent++
        next()
      })
      setImmediate(() => sent === piece && isFull())
    }
    next()
  }
}

test('A buffer that is filled again in the callback of its write arrives whole, however slow the client is', async t => {
  const full = deferred<void>()
  const { connect } = await listening(t, nodeHandler(reuses(full.resolve), testContext()))
  const client = await connect('GET')
  client.socket.pause()
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await full.promise
  client.socket.resume()
  const { body } = await client.answer()
  assert.equal(body.length, PIECES * PIECE_BYTES)
  for (let i = 0; i < PIECES; i++) {
    const letter = 97 + (i % 26)
    const piece = body.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES)
    assert.ok(piece.equals(Buffer.alloc(PIECE_BYTES, letter)), `piece ${i} is all ${String.fromCharCode(letter)}`)
  }
})
