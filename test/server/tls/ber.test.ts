import assert from 'node:assert/strict'
import { test } from 'node:test'
import { berOf, integerOf, octetsIn, oidOf } from '../../../src/server/tls/ber.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

test('elements, object identifiers and integers are read', () => {
  const { children, raw } = berOf(hex('30 0d 06 03 55 04 03 02 02 08 00 04 02 ab cd ff'))
  assert.equal(raw.length, 15)
  const [oid, integer, octets] = children
  assert.deepEqual([oidOf(oid!), integerOf(integer!), octetsIn(octets!)], ['2.5.4.3', 2048, hex('abcd')])
  assert.equal(oidOf(berOf(hex('06 09 2a 86 48 86 f7 0d 01 07 01'))), '1.2.840.113549.1.7.1')
  assert.equal(oidOf(berOf(hex('06 02 88 37'))), '2.999')
  const long = Buffer.concat([hex('04 82 01 00'), Buffer.alloc(256, 7)])
  assert.deepEqual(octetsIn(berOf(long)), Buffer.alloc(256, 7))
})

test('lengths that are told at the end and texts in pieces are read', () => {
  const { children, raw } = berOf(hex('30 80 24 80 04 01 61 24 03 04 01 62 00 00 02 01 05 00 00 ff'))
  assert.equal(raw.length, 19)
  assert.deepEqual([String(octetsIn(children[0]!)), integerOf(children[1]!)], ['ab', 5])
})

test('what is cut, nested without end or no BER is refused', () => {
  for (const text of ['', '30', '30 02 01', '30 81', '30 80 02 01 05', '30 80', '04 85 01 01 01 01 01', '1f 01 00'])
    assert.throws(() => berOf(hex(text)), /it is cut, or of another kind/, text)
  assert.throws(() => berOf(hex('3080'.repeat(100))), /it is cut/)
})
