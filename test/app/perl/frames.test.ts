import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  FLAG,
  FRAME,
  FrameReader,
  frameHead,
  frameText,
  HEAD_BYTES,
  MAX_FRAME_BYTES,
  MODE,
  readResponse,
  u32,
} from '../../../src/app/perl/frames.ts'
import { ofPerlModule, PLAIN_PERL_SKIP } from '../../support/perl.ts'
import { ROOT } from '../../support/root.ts'

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

test('frames come out whole, and data in its pieces, however the bytes are cut', () => {
  const long = 'x'.repeat(2000)
  const stream = bytes(
    frameText(0x52, 1, long) +
      frameText(0x45, 0, '') +
      frameText(0x44, 2, long) +
      frameText(0x44, 0xffffffff, '') +
      frameText(0x45, 3, 'y'),
  )
  for (const step of [1, 2, 3, 7, 1000, 2003, 2010, stream.length]) {
    const reader = new FrameReader()
    let data = ''
    const others: string[] = []
    for (let at = 0; at < stream.length; at += step) {
      reader.receive(stream.subarray(at, at + step))
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        if (frame.type === 0x44 && frame.payload.length > 0) {
          assert.equal(frame.request, 2)
          data += frame.payload.toString('latin1')
        } else others.push(String.fromCharCode(frame.type) + frame.request + frame.payload.toString('latin1'))
      }
    }
    assert.equal(data, long, `cut every ${step} bytes`)
    assert.deepEqual(others, [`R1${long}`, 'E0', 'D4294967295', 'E3y'], `cut every ${step} bytes`)
  }
})

test('a frame that comes in many pieces is copied once, and data never', t => {
  const long = 'x'.repeat(1_000_000)
  const concat = t.mock.method(Buffer, 'concat')
  const copiedOf = (type: number): number => {
    const stream = bytes(frameText(type, 1, long) + frameText(0x45, 1, '') + frameText(type, 1, long))
    concat.mock.resetCalls()
    const reader = new FrameReader()
    let length = 0
    for (let at = 0; at < stream.length; at += 1000) {
      reader.receive(stream.subarray(at, at + 1000))
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) length += frame.payload.length
    }
    assert.equal(length, 2_000_000)
    return concat.mock.calls.reduce((sum, call) => sum + (call.result?.length ?? 0), 0)
  }
  assert.ok(copiedOf(0x52) < 2_200_000)
  // A head may be cut in two.
  assert.ok(copiedOf(0x44) <= 2000)
})

test('a length that no frame has is refused before its bytes are waited for', () => {
  const reader = new FrameReader()
  reader.receive(bytes(frameHead(0x44, 1, MAX_FRAME_BYTES + 1)))
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

test('Perl has the same names', { skip: PLAIN_PERL_SKIP }, () => {
  const ours: Record<string, number> = { HEAD_BYTES, MAX_FRAME_BYTES }
  for (const [prefix, values] of Object.entries({ FRAME, FLAG, MODE }))
    for (const [name, value] of Object.entries(values)) ours[`${prefix}_${name.toUpperCase()}`] = value
  const code = '{ map { my $v = &{\\&$_}(); $_ => $v =~ /^\\d+$/ ? $v + 0 : ord $v } @Starlight::Host::Frames::EXPORT }'
  assert.deepEqual(ofPerlModule('Frames', code), ours)
})

test('the table of docs/perl.md has every type of frame', () => {
  const table = readFileSync(join(ROOT, 'docs', 'perl.md'), 'utf8').split('## The frames')[1]!
  const told = new Set(
    table.split('\n').flatMap(line => (line.startsWith('| `') ? line.split('|')[1]!.match(/[A-Z]/g)! : [])),
  )
  assert.deepEqual([...told].sort(), [...new Set(Object.values(FRAME))].map(type => String.fromCharCode(type)).sort())
})
