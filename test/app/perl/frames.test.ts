import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameReader, frameHead, frameText, MAX_FRAME_BYTES, readResponse, u32 } from '../../../src/app/perl/frames.ts'

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

test('frames come out whole however the bytes are cut', () => {
  const stream = bytes(frameText(0x52, 'first') + frameText(0x45, '') + frameText(0x44, 'x'.repeat(2000)))
  for (const step of [1, 2, 3, 7, 1000, stream.length]) {
    const reader = new FrameReader()
    const seen: [number, number][] = []
    for (let at = 0; at < stream.length; at += step) {
      reader.receive(stream.subarray(at, at + step))
      for (let frame = reader.next(); frame !== undefined; frame = reader.next())
        seen.push([frame.type, frame.payload.length])
    }
    assert.deepEqual(
      seen,
      [
        [0x52, 5],
        [0x45, 0],
        [0x44, 2000],
      ],
      `cut every ${step} bytes`,
    )
  }
})

test('a frame that comes in many pieces is copied once', t => {
  const payload = 'x'.repeat(1_000_000)
  const stream = bytes(frameText(0x44, payload) + frameText(0x45, '') + frameText(0x44, payload))
  const concat = t.mock.method(Buffer, 'concat')
  const reader = new FrameReader()
  const lengths: number[] = []
  for (let at = 0; at < stream.length; at += 1000) {
    reader.receive(stream.subarray(at, at + 1000))
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) lengths.push(frame.payload.length)
  }
  assert.deepEqual(lengths, [1_000_000, 0, 1_000_000])
  const copied = concat.mock.calls.reduce((sum, call) => sum + (call.result?.length ?? 0), 0)
  assert.ok(copied < 1.1 * stream.length, `copied ${copied} of ${stream.length} bytes`)
})

test('a length that no frame has is refused before its bytes are waited for', () => {
  const reader = new FrameReader()
  reader.receive(bytes(frameHead(0x44, MAX_FRAME_BYTES + 1)))
  assert.throws(() => reader.next(), /Cannot read a frame of 16777217 bytes/)
})

test('numbers are big-endian', () => {
  for (const value of [0, 1, 255, 256, 1023, 1024, 65536, 0xffffffff])
    assert.equal(bytes(u32(value)).readUInt32BE(0), value)
})

test('a response frame is taken apart; lengths that do not fit are refused', () => {
  const fields = `${u32(1)}A${u32(2)}bc`
  const payload = bytes(`\x00\xc8\x01${u32(fields.length)}${fields}body`)
  const { body, ...head } = readResponse(payload)
  assert.deepEqual(head, { status: 200, flags: 1, fields: ['A', 'bc'] })
  assert.equal(body.toString(), 'body')
  for (const broken of [
    `\x00\xc8\x01${u32(99)}${fields}`,
    `\x00\xc8\x01${u32(fields.length - 1)}${fields}`,
    `\x00\xc8\x01${u32(5)}${u32(1)}A`,
  ])
    assert.throws(() => readResponse(bytes(broken)), /lengths do not fit|out of range/)
})

test('no bytes whatever do more than give frames or an error', () => {
  let seed = 7
  const random = (): number => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return seed
  }
  for (let round = 0; round < 2000; round++) {
    const reader = new FrameReader()
    const noise = Buffer.from(Array.from({ length: random() % 64 }, () => random() >> 8))
    reader.receive(noise)
    try {
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) readResponse(frame.payload)
    } catch (error) {
      assert.ok(error instanceof Error)
    }
  }
})
