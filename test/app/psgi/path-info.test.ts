import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodedPath } from '../../../src/app/psgi/path-info.ts'

const CASES: readonly (readonly [path: string, decoded: string])[] = [
  ['/plain', '/plain'],
  ['', ''],
  ['/a%2cb%2Cc', '/a,b,c'],
  ['/%252e%252e', '/%2e%2e'],
  ['/%2e%2e/%2F', '/..//'],
  ['/%E3%81%82', '/\u00e3\u0081\u0082'],
  ['/%ff%80', '/\u00ff\u0080'],
  ['/+', '/+'],
  ['/50%', '/50%'],
  ['/%zz%4', '/%zz%4'],
  ['/%%34%31%', '/%41%'],
  ['/\u00e9', '/\u00e9'],
]

for (const [path, decoded] of CASES) {
  test(`decodedPath makes ${JSON.stringify(decoded)} of "${path}"`, () => assert.equal(decodedPath(path), decoded))
}
