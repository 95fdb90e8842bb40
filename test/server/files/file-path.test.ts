import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filePath, isWindowsName } from '../../../src/server/files/file-path.ts'

const CASES: readonly (readonly [path: string, file: string | undefined])[] = [
  ['', ''],
  ['/', '/'],
  ['/a.css', '/a.css'],
  ['/a.css?v=1', '/a.css'],
  ['?x', ''],
  ['/a/b/c.js', '/a/b/c.js'],
  ['/a/b/', '/a/b/'],
  ['/a%20b.txt', '/a b.txt'],
  ['/%61.css', '/a.css'],
  ['/a+b@c,d;e=f.txt', '/a+b@c,d;e=f.txt'],
  ['/%C3%A9.txt', '/é.txt'],
  ['/a..b/c...d', '/a..b/c...d'],
  ['/.well-known/acme-challenge/x', '/.well-known/acme-challenge/x'],
  // Out of the directory.
  ['/..', undefined],
  ['/../a', undefined],
  ['/a/../b', undefined],
  ['/a/..', undefined],
  ['/%2e%2e/a', undefined],
  ['/.%2E/a', undefined],
  ['/a/%2e%2e%2fb', undefined],
  ['/..%2fa', undefined],
  ['/..%5Ca', undefined],
  ['/..\\a', undefined],
  ['/a%2fb', undefined],
  ['/a%00.css', undefined],
  ['/./a', undefined],
  // Other servers, when it is a Location.
  ['//evil.example/', undefined],
  ['/a//b', undefined],
  ['/%5cevil.example', undefined],
  // Dot files.
  ['/.env', undefined],
  ['/a/.git/config', undefined],
  ['/%2eenv', undefined],
  ['/.well-known', undefined],
  ['/.well-known/.env', undefined],
  ['/.well-known/../.env', undefined],
  ['/a/.well-known/x', undefined],
  // No text.
  ['/%E9.txt', undefined],
  ['/\xe9.txt', undefined],
  ['/%C0%AE%C0%AE/a', undefined],
  ['/a%zz', undefined],
  ['/a%', undefined],
  ['/a%0a', undefined],
  ['/a%7f', undefined],
  [`/${'a'.repeat(5000)}`, undefined],
]

for (const [path, file] of CASES)
  test(`${JSON.stringify(path.slice(0, 40))} names ${file === undefined ? 'no file' : JSON.stringify(file)}`, () => {
    assert.equal(filePath(path), file)
  })

test('on Windows a name that means a stream, a device or another file is none', () => {
  for (const path of [
    '/a.css',
    '/a b/c.d.css',
    '/',
    '',
    '/.well-known/x',
    '/console.js',
    '/com.js',
    '/a~b',
    '/nul-terminated',
  ])
    assert.equal(isWindowsName(path), true, path)
  for (const path of [
    ...['/a.css::$DATA', '/a.css:x', '/C:/a', '/a.css.', '/a.css ', '/a. /b', '/PROGRA~1/a', '/a*', '/a?b', '/<a'],
    ...['/con', '/CON', '/a/nul', '/nul.txt', '/aux/a', '/com1', '/LPT9.css', '/com¹', '/conin$', '/nul .txt'],
  ])
    assert.equal(isWindowsName(path), false, path)
})
