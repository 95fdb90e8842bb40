import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerNotFound, mountedPath } from '../../src/app/mount.ts'
import { FakeExchange } from '../support/fake-exchange.ts'

const CASES: readonly (readonly [path: string, mount: string, rest: string | undefined])[] = [
  ['/x', '', '/x'],
  ['/app', '/app', ''],
  ['/app/', '/app', '/'],
  ['/app/x?q=1', '/app', '/x?q=1'],
  ['/app?q=1', '/app', '?q=1'],
  ['/apple', '/app', undefined],
  ['/ap', '/app', undefined],
  ['/', '/app', undefined],
  ['/other/app', '/app', undefined],
  ['/App', '/app', undefined],
  ['/a/b/c', '/a/b', '/c'],
  ['/%61pp/x', '/app', '/x'],
  ['/%61pple', '/app', undefined],
  ['/app%2Fx', '/app', undefined],
  ['/app/%2e%2e/x', '/app', '/%2e%2e/x'],
  ['/my%20app/x', '/my app', '/x'],
  ['/caf%C3%A9', '/café', ''],
  ['/caf%c3%a', '/café', undefined],
  ['*', '/app', undefined],
  ['/%6', '/\x06', undefined],
  ['/%+6/x', '/\x06', undefined],
  ['/50%/%78', '/50%', '/%78'],
  ['/%35%30%/x', '/50%', '/x'],
  ['/%', '/app', undefined],
]

for (const [path, mount, rest] of CASES) {
  test(`mountedPath finds ${JSON.stringify(rest)} behind "${mount}" in "${path}"`, () => {
    const found = mountedPath(path, mount)
    assert.deepEqual(found, rest === undefined ? undefined : { scriptName: mount, rest })
  })
}

test('answerNotFound answers 404 in plain text', () => {
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  answerNotFound(exchange)
  assert.equal(exchange.answered?.status, 404)
  assert.deepEqual(exchange.answered?.headers, ['Content-Type', 'text/plain'])
  assert.equal(exchange.bodyText, 'Not Found')
})
