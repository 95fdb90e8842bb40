import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptedCodings, type Coding, chooseCoding } from '../../src/server/accept-encoding.ts'

const ALL: readonly Coding[] = ['br', 'zstd', 'gzip']

const CASES: readonly (readonly [field: string | undefined, coding: string])[] = [
  [undefined, 'as it is'],
  ['', 'as it is'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip;q=1.0, br;q=0.5', 'gzip'],
  ['gzip;q=0.5, br;q=0.5', 'br'],
  ['gzip; q=0', 'as it is'],
  ['br;q=0, *', 'zstd'],
  ['*', 'br'],
  ['*;q=0', 'as it is'],
  ['*;q=0, gzip', 'gzip'],
  ['identity', 'as it is'],
  ['identity;q=0.5, gzip;q=0.4', 'as it is'],
  ['identity;q=0.5, gzip;q=0.6', 'gzip'],
  ['identity;q=1, gzip', 'gzip'],
  ['identity;q=0', 'as it is'],
  ['gzip;q=2', 'as it is'],
  ['gzip;q=0.0001', 'as it is'],
  ['gzip;q=', 'as it is'],
  ['gzip;q=0.001', 'gzip'],
  ['gzip;level=1;q=0.2', 'gzip'],
  [', ,gzip,', 'gzip'],
  ['gzip;q=0, gzip', 'as it is'],
  ['deflate, compress', 'as it is'],
  ['constructor, __proto__;q=1', 'as it is'],
  [`${'x,'.repeat(8000)}gzip`, 'gzip'],
]
for (const [field, coding] of CASES)
  test(`Accept-Encoding: ${field?.slice(0, 50)} gets ${coding} (RFC 9110 12.5.3)`, () => {
    for (let i = 0; i < 2; i++) assert.equal(chooseCoding(acceptedCodings(field), ALL) ?? 'as it is', coding)
  })
