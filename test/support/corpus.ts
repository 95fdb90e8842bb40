// The corpus of raw requests: one file per case, readable and exact. Three parts:
//
//   # why the case exists, with its RFC section          (any number of lines)
//   @limits bodyBytes=10 fieldCount=2                     (optional)
//   GET / HTTP/1.1\r\n                                    the bytes; ends of the file's lines do not count
//   ----
//   request GET / HTTP/1.1                                the events, as test/support/events.ts prints them
//
// In bytes and in events: \r \n \t \0 \\ \xHH, and \{3*text} for a text three times (which may hold the same again).

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_LIMITS, type Limits } from '../../src/http1/limits.ts'
import { ROOT } from './root.ts'

export interface CorpusCase {
  /** Folder and file without its ending: `invalid/host-two`. */
  readonly name: string
  readonly why: string
  readonly limits: Limits
  readonly bytes: Buffer
  /** One line per event, bytes as latin1. */
  readonly events: readonly string[]
}

/** All cases of `test/corpus/<folder>`, by name. */
export function readCorpus(folder: 'valid' | 'invalid'): CorpusCase[] {
  const path = join(ROOT, 'test', 'corpus', folder)
  return readdirSync(path)
    .filter(file => file.endsWith('.http'))
    .sort()
    .map(file => parseCase(`${folder}/${file.slice(0, -'.http'.length)}`, readFileSync(join(path, file), 'utf8')))
}

function parseCase(name: string, text: string): CorpusCase {
  const parts = text.split('\n----\n')
  if (parts.length !== 2) throw new Error(`Cannot read the case "${name}": ${parts.length} parts, two are needed`)
  const lines = parts[0]!.split('\n')
  const start = lines.findIndex(line => !line.startsWith('# ') && !line.startsWith('@limits '))
  const preamble = lines.slice(0, start)
  return {
    name,
    why: preamble
      .filter(line => line.startsWith('# '))
      .map(line => line.slice(2))
      .join(' '),
    limits: limitsOf(preamble.find(line => line.startsWith('@limits '))),
    bytes: decodeBytes(lines.slice(start).join('')),
    events: parts[1]!
      .trimEnd()
      .split('\n')
      .map(line => decodeBytes(line).toString('latin1')),
  }
}

function limitsOf(line: string | undefined): Limits {
  const pairs = line?.split(' ').slice(1) ?? []
  return {
    ...DEFAULT_LIMITS,
    ...Object.fromEntries(pairs.map(pair => [pair.split('=')[0], Number(pair.split('=')[1])])),
  }
}

const SIMPLE: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' }

/** The bytes that an escaped text stands for. */
export function decodeBytes(text: string): Buffer {
  const { bytes, at } = decodeUntil(text, 0, undefined)
  if (at !== text.length) throw new Error(`Cannot decode "${text}": it stops at ${at}`)
  return Buffer.from(bytes, 'latin1')
}

function decodeUntil(text: string, from: number, closing: string | undefined): { bytes: string; at: number } {
  let bytes = ''
  let at = from
  while (at < text.length && text[at] !== closing) {
    if (text[at] !== '\\') {
      bytes += text[at++]
      continue
    }
    const letter = text[at + 1] ?? ''
    if (letter === 'x') {
      bytes += String.fromCharCode(Number.parseInt(text.slice(at + 2, at + 4), 16))
      at += 4
    } else if (letter === '{') {
      const star = text.indexOf('*', at)
      const inner = decodeUntil(text, star + 1, '}')
      bytes += inner.bytes.repeat(Number(text.slice(at + 2, star)))
      at = inner.at + 1
    } else {
      const byte = SIMPLE[letter]
      if (byte === undefined) throw new Error(`Cannot decode "${text.slice(at, at + 20)}": no such escape`)
      bytes += byte
      at += 2
    }
  }
  return { bytes, at }
}
