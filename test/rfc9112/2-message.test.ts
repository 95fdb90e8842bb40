// RFC 9112 section 2: message format, parsing, version.

import { describe, test } from 'node:test'
import { DEFAULT_LIMITS } from '../../src/http1/limits.ts'
import { eventsOf, requireEvents } from '../support/events.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const EVENTS = ['request GET / HTTP/1.1', '  field Host: a', 'end keep-alive']

describe('RFC 9112 2.1 Message Format', () => {
  test('2.1 a head is a start line, field lines and an empty line', () => requireEvents(bytes(GET), EVENTS))

  test('2.1 a head that is not complete is no request', () => {
    requireEvents(bytes(GET.slice(0, -1)), [])
    requireEvents(bytes('GET / HTTP/1.1\r\n'), [])
    requireEvents(bytes('G'), [])
  })

  test('2.1 the first fault wins, even when the head is never completed', () => {
    requireEvents(bytes('GET / HTTP/1.1\r\nHost: a\r\nX y'), ['fault bad-field-name 400'])
    requireEvents(bytes('GET /%00 HTTP/1.1\r\nX y'), ['fault bad-field-name 400'])
  })
})

describe('RFC 9112 2.2 Message Parsing', () => {
  for (const [name, text, code] of [
    ['a bare LF behind the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n', 'bad-line-end'],
    ['a bare LF behind a field', 'GET / HTTP/1.1\r\nHost: a\n\r\n', 'bad-line-end'],
    ['a bare LF at the end of the head', 'GET / HTTP/1.1\r\nHost: a\r\n\n', 'bad-field-name'],
    ['a bare CR in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n', 'bad-line-end'],
    ['a bare CR in the target', 'GET /\r HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-request-line'],
    ['white space before the first field', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n', 'obs-fold'],
  ] as const) {
    test(`2.2 ${name} is refused`, () => requireEvents(bytes(text), [`fault ${code} 400`]))
  }

  test('2.2 up to four empty lines before a request line are ignored, a fifth is refused', () => {
    requireEvents(bytes('\r\n'.repeat(4) + GET), EVENTS)
    requireEvents(bytes('\r\n'.repeat(5) + GET), ['fault bad-line-end 400'])
  })

  test('2.2 the four empty lines are counted anew for every request', () => {
    requireEvents(bytes(('\r\n'.repeat(4) + GET).repeat(2)), [...EVENTS, ...EVENTS])
  })

  test('2.2 every control byte is refused in a name, a value and a target', () => {
    for (let byte = 0; byte < 256; byte++) {
      const isControl = (byte < 0x20 && byte !== 9) || byte === 0x7f
      if (!isControl || byte === 0x0d || byte === 0x0a) continue
      const letter = String.fromCharCode(byte)
      requireEvents(bytes(`GET /${letter} HTTP/1.1\r\nHost: a\r\n\r\n`), ['fault bad-target 400'])
      requireEvents(bytes(`GET / HTTP/1.1\r\nHost: a\r\nX${letter}: y\r\n\r\n`), ['fault bad-field-name 400'])
      requireEvents(bytes(`GET / HTTP/1.1\r\nHost: a\r\nX: ${letter}\r\n\r\n`), ['fault bad-field-value 400'])
    }
  })
})

describe('RFC 9112 2.3 HTTP Version', () => {
  for (let major = 0; major <= 9; major++) {
    for (const minor of [0, 1, 2, 9]) {
      const version = `${major}.${minor}`
      const known = [
        `request GET / HTTP/1.${Math.min(minor, 1)}`,
        '  field Host: a',
        minor === 0 ? 'end close' : 'end keep-alive',
      ]
      test(`2.3 HTTP/${version} is ${major === 1 ? 'served' : 'refused with 505'}`, () =>
        requireEvents(
          bytes(`GET / HTTP/${version}\r\nHost: a\r\n\r\n`),
          major === 1 ? known : ['fault unsupported-version 505'],
        ))
    }
  }

  test('2.3 a change of any byte of the version is refused', () => {
    const version = 'HTTP/1.1'
    for (let at = 0; at < version.length; at++) {
      if (at === 5 || at === 7) continue
      for (let byte = 0; byte < 256; byte++) {
        if (byte === version.charCodeAt(at)) continue
        const changed = version.slice(0, at) + String.fromCharCode(byte) + version.slice(at + 1)
        const lines = eventsOnce(`GET / ${changed}\r\nHost: a\r\n\r\n`)
        if (!/^fault bad-(request-line|line-end) 400$/.test(lines.join()))
          throw new Error(`${JSON.stringify(changed)}: ${lines}`)
      }
    }
  })
})

function eventsOnce(text: string): string[] {
  return eventsOf([bytes(text)], DEFAULT_LIMITS)
}
