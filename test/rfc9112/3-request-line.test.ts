// RFC 9112 section 3: request line, target forms, Host.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DEFAULT_LIMITS } from '../../src/http1/limits.ts'
import { isAuthority } from '../../src/http1/request/target.ts'
import { eventsOf, requireEvents } from '../support/events.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const asked = (line: string, host = 'a') => bytes(`${line}\r\nHost: ${host}\r\n\r\n`)
// Before anything else: what was good last is remembered, and a new worker has seen nothing.
const isEmptyHostTakenFirst = isAuthority('')
const verdict = (input: Uint8Array) => eventsOf([input]).at(-1)

describe('RFC 9112 3 Request Line', () => {
  const limits = { ...DEFAULT_LIMITS, requestLineBytes: 30 }
  const line = (length: number) => `GET /${'a'.repeat(length - 14)} HTTP/1.1`

  test('3 a request line of exactly the limit is taken, one byte more is 414', () => {
    assert.equal(line(30).length, 30)
    requireEvents(asked(line(30)), [`request ${line(30)}`, '  field Host: a', 'end keep-alive'], limits)
    for (const length of [31, 32, 33, 40, 1000]) {
      requireEvents(asked(line(length)), ['fault request-line-too-long 414'], limits)
    }
  })

  test('3 empty lines before it do not count for the limit of the request line', () => {
    requireEvents(
      Buffer.concat([bytes('\r\n\r\n'), asked(line(30))]),
      [`request ${line(30)}`, '  field Host: a', 'end keep-alive'],
      limits,
    )
  })

  test('3 a line that never ends is refused as soon as it passes the limit', () => {
    requireEvents(bytes(`GET /${'a'.repeat(26)}`), ['fault request-line-too-long 414'], limits)
    requireEvents(bytes('A'.repeat(31)), ['fault request-line-too-long 414'], limits)
  })
})

describe('RFC 9112 3.1 Method', () => {
  test('3.1 exactly the bytes of a token make a method', () => {
    const tchar = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for (let byte = 0; byte < 256; byte++) {
      const letter = String.fromCharCode(byte)
      if (byte === 0x20) continue
      assert.equal(
        verdict(asked(`X${letter}Y / HTTP/1.1`)),
        tchar.includes(letter) ? 'end keep-alive' : 'fault bad-request-line 400',
        `byte ${byte}`,
      )
    }
  })
})

describe('RFC 9112 3.2 Request Target', () => {
  test('3.2 printable ASCII without "#" makes a target, "%" alone too', () => {
    for (let byte = 0; byte < 256; byte++) {
      if (byte === 0x20) continue
      const isGood = byte > 0x20 && byte < 0x7f && byte !== 0x23
      assert.equal(
        verdict(asked(`GET /x${String.fromCharCode(byte)}y HTTP/1.1`))?.startsWith('fault'),
        !isGood,
        `byte ${byte}`,
      )
    }
  })

  test('3.2 all escapes but %00 are taken and left as they are', () => {
    for (let byte = 0; byte < 256; byte++) {
      const target = `/%${byte.toString(16).padStart(2, '0')}`
      const expected =
        byte === 0 ? ['fault bad-target 400'] : [`request GET ${target} HTTP/1.1`, '  field Host: a', 'end keep-alive']
      assert.deepEqual(eventsOf([asked(`GET ${target} HTTP/1.1`)]), expected)
    }
  })

  for (const [target, path] of [
    ['http://b', '/'],
    ['http://b/', '/'],
    ['http://b?q', '/?q'],
    ['http://b/p?q', '/p?q'],
    ['https://b:1/p', '/p'],
    ['HTTP://b/p', '/p'],
  ] as const) {
    const authority = target.includes(':1') ? 'b:1' : 'b'
    test(`3.2.2 absolute-form ${target}: path ${path}, and its authority replaces Host`, () =>
      requireEvents(asked(`GET ${target} HTTP/1.1`), [
        `request GET ${target} HTTP/1.1`,
        `  path ${path}`,
        `  authority ${authority}`,
        '  field Host: a',
        'end keep-alive',
      ]))
  }

  for (const target of [
    'http://',
    'http:///',
    'http://:1/',
    'http://u@b/',
    'http://u:p@b/',
    'http://b:x/',
    'http://b:65536/',
    'ftp://b/',
    'xhttp://b/',
    'x?http://b/',
    'http:/b',
    'http:b',
    'mailto:a@b',
    'b:80',
    'b',
    '*x',
    '',
    '?',
  ]) {
    test(`3.2 the target "${target}" is refused`, () => {
      assert.match(verdict(asked(`GET ${target} HTTP/1.1`))!, /^fault bad-(target|request-line) 400$/)
    })
  }

  test('3.2.1 a path that looks like an authority stays a path', () => {
    requireEvents(asked('GET //evil/x HTTP/1.1'), [
      'request GET //evil/x HTTP/1.1',
      '  field Host: a',
      'end keep-alive',
    ])
  })

  test('3.2.3 CONNECT is refused in every form: no proxy here', () => {
    for (const target of ['a:443', '/', '*', 'http://a/'])
      requireEvents(asked(`CONNECT ${target} HTTP/1.1`), ['fault connect-refused 501'])
  })

  test('3.2.4 asterisk-form belongs to OPTIONS', () => {
    requireEvents(asked('OPTIONS * HTTP/1.1'), ['request OPTIONS * HTTP/1.1', '  field Host: a', 'end keep-alive'])
    requireEvents(asked('GET * HTTP/1.1'), ['fault bad-target 400'])
    requireEvents(asked('OPTIONS http://a HTTP/1.1'), [
      'request OPTIONS http://a HTTP/1.1',
      '  path *',
      '  field Host: a',
      'end keep-alive',
    ])
  })
})

describe('RFC 9112 3.2 and RFC 9110 7.2 Host', () => {
  const GOOD = [
    'a',
    'a:',
    'a:0',
    'a:65535',
    'a.b-c_d~e',
    '1.2.3.4:80',
    '[::]',
    '[::1]:80',
    '[1:2:3:4:5:6:7:8]',
    '[::ffff:1.2.3.4]',
    '[1::8]',
    '[1:2:3:4:5:6:1.2.3.4]',
    '[1:2:3:4:5:6:7::]',
    '[::250.240.99.1]',
    '[::1.99.240.250]',
    'a%41',
    "a!$&'()*+,;=b",
  ]
  const BAD = [
    '',
    ':80',
    'a:65536',
    'a:123456',
    'a:8a',
    'a:-1',
    'a:+1',
    'a: 1',
    'a b',
    'a/b',
    'a?b',
    'a#b',
    'a@b',
    '@a',
    'a\\b',
    'a"b',
    '[',
    ']',
    '[]',
    '[::1',
    '::1',
    '[:::]',
    '[1:2:3:4:5:6:7]',
    '[1:2:3:4:5:6:7:8:9]',
    '[1::2::3]',
    '[1:2::3:4:5::6:7:8]',
    '[1:2:3:4:5:6:7::8]',
    '[::256.1.1.1]',
    '[g::]',
    '[12345::]',
    '[::1]x',
    '[::1]:x',
    '[::1%25eth0]',
    '[v1.a]',
    '[::1.2.3]',
    '[::1.2.3.256]',
    'a%',
    'a%4',
    'a%zz',
    'a%00',
    'é',
    'a\t',
  ]

  for (const host of GOOD) test(`3.2 Host "${host}" is taken`, () => assert.ok(isAuthority(host)))
  for (const host of BAD) test(`3.2 Host "${host}" is refused`, () => assert.ok(!isAuthority(host)))

  test('3.2 an empty Host on HTTP/1.1 is refused, in the first request of a worker too', () => {
    assert.ok(!isEmptyHostTakenFirst)
    requireEvents(asked('GET / HTTP/1.1', ''), ['fault bad-host 400'])
  })
  test('3.2 a good Host is still refused when it is followed by another', () =>
    requireEvents(bytes('GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n'), ['fault bad-host 400']))
  test('3.2 HTTP/1.0 may come without Host', () =>
    requireEvents(bytes('GET / HTTP/1.0\r\n\r\n'), ['request GET / HTTP/1.0', 'end close']))
})
