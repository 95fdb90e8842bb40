import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WriteBuffer } from '../../../src/server/connection/write-buffer.ts'
import type { Transport } from '../../../src/transport/transport.ts'

const LARGE = Buffer.alloc(65_536, 'x')

/** An output, and each of its writes as a list of texts and lengths. */
function recorded(): { output: WriteBuffer; writes: (string | number)[][] } {
  const writes: (string | number)[][] = []
  const transport: Partial<Transport> = {
    isOpen: true,
    sendText: text => writes.push([text]) > 0,
    sendBytes: (before, bytes) => writes.push([before, bytes.byteLength]) > 0,
    sendPieces: pieces => writes.push(pieces.map(piece => (typeof piece === 'string' ? piece : piece.byteLength))) > 0,
  }
  return { output: new WriteBuffer(transport as Transport, 1000), writes }
}

test('bytes that are held leave with the text before and behind them, in one write at the end of the turn', async () => {
  const { output, writes } = recorded()
  output.text('10000\r\n')
  output.hold(LARGE)
  output.flushSoon()
  output.text('\r\n0\r\n\r\n')
  assert.deepEqual(writes, [])
  assert.equal(output.isHolding, true)
  await new Promise(setImmediate)
  assert.deepEqual(writes, [['10000\r\n', 65_536, '\r\n0\r\n\r\n']])
  assert.equal(output.isHolding, false)
})

test('what is held leaves in the order in which it came, before bytes that are not', () => {
  const { output, writes } = recorded()
  output.text('a')
  output.hold(LARGE)
  output.text('b')
  output.hold(LARGE.subarray(1))
  output.text('c')
  output.bytes(LARGE.subarray(2))
  output.bytes(LARGE.subarray(3), 'd')
  output.flush()
  assert.deepEqual(writes, [
    ['a', 65_536, 'b', 65_535, 'c'],
    ['', 65_534],
    ['', 65_533, 'd'],
  ])
})

test('no more is held than a megabyte', () => {
  const { output, writes } = recorded()
  for (let i = 0; i < 33; i++) output.hold(LARGE)
  assert.deepEqual(
    writes.map(pieces => pieces.filter(piece => piece === 65_536).length),
    [16, 16],
  )
})

test('a head leaves with the bytes behind it, however many they are', () => {
  const { output, writes } = recorded()
  output.text('head')
  output.hold(Buffer.alloc(2 ** 20))
  output.flush()
  assert.deepEqual(writes, [['head', 2 ** 20]])
})

test('few bytes are gathered as text', () => {
  const { output, writes } = recorded()
  output.hold(LARGE)
  output.hold(Buffer.from('few'))
  output.bytes(Buffer.from(' more'))
  assert.deepEqual(writes, [])
  output.flush()
  assert.deepEqual(writes, [['', 65_536, 'few more']])
})
