// Requests for fuzzing: from the grammar (with rare wrong turns), from the corpus, and both damaged byte by byte. One
// case is a whole connection: several requests behind each other.

import { readCorpus } from '../test/support/corpus.ts'
import type { Random } from './random.ts'

const METHODS = ['GET', 'GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'get', 'X', 'CONNECT']
const TARGETS = [
  '/',
  '/a?b=c',
  '//a/b',
  '*',
  'http://a/',
  'http://b:8/x?y',
  'http://a',
  'https://[::1]/',
  '/%41',
  '/%00',
  '/%zz',
  '/#',
  'http://u@a/',
  'a:80',
  '',
  '/\xe9',
]
const VERSIONS = [
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/1.2',
  'HTTP/2.0',
  'http/1.1',
  'HTTP/1.1 ',
]
const HOSTS = ['a', 'a', 'a', 'a:80', '[::1]', '', 'a b', 'a,b', 'u@a', 'a:x']
const FIELDS = [
  'X: y',
  'X:',
  'x-y: \t z \t',
  'X_Y: z',
  'X: \xe9',
  'Connection: close',
  'Connection: keep-alive',
  'Connection: TE,\tclose',
  'Connection: upgrade',
  'Upgrade: h2c',
  'Expect: 100-continue',
  'Expect: x',
  'TE: trailers',
  'Cookie: a=b',
  'X : y',
  ' folded',
  'X',
  ': y',
  'X: a\0b',
  'X: a\rb',
  'Content-Length: 0',
  'Transfer-Encoding: chunked',
  'Host: b',
  'Transfer-Encoding: identity',
]
const LENGTHS = ['+5', '-1', '5, 5', '0x5', '', '5 5', '99999999999999999999', '005']
const CODINGS = [
  'chunked',
  'chunked',
  'chunked',
  'chunked',
  'Chunked',
  'gzip, chunked',
  'chunked, chunked',
  'xchunked',
  '',
  '"chunked"',
  'chunked,',
  '\tchunked',
]
const EXTENSIONS = ['', '', '', ';a', ';a=b', ';a="b;c"', '; a', ';', ';a=', ' ;a', ';a="', ';\n']
const TRAILERS = ['X: y', 'X-Sum: 1', 'Content-Length: 3', 'X : y', ' X: y', 'X']
const LINE_ENDS = ['\n', '\r', '\r\r\n', '\n\r', '', '\r\n\r\n']
/** Pieces that change what a parser thinks it reads. */
const TOKENS = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '0\r\n\r\n',
  '\r\n\r\n',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  '\x0b',
  '\x7f',
  '\x80',
  '\xff',
  'HTTP/1.1',
  '5',
  'ffffffffffffffff',
]

/** The bytes of one connection. */
export class RequestMaker {
  readonly #random: Random
  readonly #seeds: readonly Buffer[]

  constructor(random: Random) {
    this.#random = random
    this.#seeds = [...readCorpus('valid'), ...readCorpus('invalid')]
      .map(item => item.bytes)
      .filter(bytes => bytes.length < 4096)
  }

  connection(): Buffer {
    const random = this.#random
    const parts = Array.from({ length: 1 + random.int(4) }, () =>
      random.once(3) ? random.pick(this.#seeds) : this.#request(),
    )
    // Fields that come again are not read again.
    let bytes: Buffer = Buffer.concat(random.once(4) ? [...parts, ...parts] : parts)
    if (random.once(2)) for (let i = random.int(4); i >= 0; i--) bytes = this.#damage(bytes)
    return bytes
  }

  #request(): Buffer {
    const random = this.#random
    // Most requests are good: a fault ends the connection, and what is behind it is never looked at.
    const rarely = <T>(good: T, all: readonly T[]) => (random.once(8) ? random.pick(all) : good)
    const line = `${random.pick(METHODS.slice(0, rarely(8, [10])))} ${rarely('/', TARGETS)} ${rarely('HTTP/1.1', VERSIONS)}`
    const [framing, body] = this.#body()
    const fields = [
      `Host: ${rarely('a', HOSTS)}`,
      ...random.list(3, () => random.pick(FIELDS.slice(0, rarely(13, [FIELDS.length])))),
      ...framing,
      ...(random.once(4) ? [`Cookie: ${'c'.repeat(200 + random.int(100))}`] : []),
    ]
    if (random.once(20)) fields.reverse()
    const text = [line, ...fields].map(part => part + this.#lineEnd()).join('') + this.#lineEnd() + body
    return Buffer.from(random.once(30) ? `\r\n${text}` : text, 'latin1')
  }

  #lineEnd(): string {
    return this.#random.once(150) ? this.#random.pick(LINE_ENDS) : '\r\n'
  }

  #body(): [fields: string[], body: string] {
    const random = this.#random
    const text = () =>
      'abc\r\n0123456789GET / HTTP/1.1\r\n\r\n\0\xff'.repeat(1 + random.int(3)).slice(0, random.int(60))
    switch (random.int(5)) {
      case 0:
      case 1: {
        const body = text()
        return [
          [`Content-Length: ${random.once(12) ? random.pick(LENGTHS) : body.length + (random.once(10) ? 1 : 0)}`],
          body,
        ]
      }
      case 2: {
        const chunks = random.list(4, () => this.#chunk(text()))
        const trailers = random.once(3)
          ? random.list(2, () => random.pick(TRAILERS.slice(0, random.once(8) ? TRAILERS.length : 3)) + this.#lineEnd())
          : []
        const coding = `Transfer-Encoding: ${random.once(8) ? random.pick(CODINGS) : 'chunked'}`
        return [
          random.once(15) ? [coding, 'Content-Length: 3'] : [coding],
          `${chunks.join('')}0${this.#lineEnd()}${trailers.join('')}${this.#lineEnd()}`,
        ]
      }
      default:
        return [[], '']
    }
  }

  #chunk(data: string): string {
    const random = this.#random
    if (data === '') return ''
    const size = random.once(30) ? random.pick([' ', '+', '0x', '-', '00000000000000']) : ''
    const extension = random.once(6) ? random.pick(EXTENSIONS) : ''
    return `${size}${data.length.toString(16)}${extension}${this.#lineEnd()}${data}${this.#lineEnd()}`
  }

  #damage(bytes: Buffer): Buffer {
    const random = this.#random
    const at = random.int(bytes.length + 1)
    const to = Math.min(bytes.length, at + random.int(8))
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(to)]
    switch (random.int(5)) {
      case 0:
        return Buffer.concat([before, Buffer.from([random.int(256)]), bytes.subarray(Math.min(bytes.length, at + 1))])
      case 1:
        return Buffer.concat([before, Buffer.from(random.pick(TOKENS), 'latin1'), bytes.subarray(at)])
      case 2:
        return Buffer.concat([before, after])
      case 3:
        return Buffer.concat([before, bytes.subarray(at, to), bytes.subarray(at, to), after])
      default:
        return Buffer.concat([before, random.pick(this.#seeds).subarray(0, random.int(60)), after])
    }
  }
}
