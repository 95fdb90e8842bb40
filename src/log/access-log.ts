// An access log format is compiled once, when the server starts, into a list of pieces; a request then only walks the list.
import { ConfigError } from '../config/errors.ts'
import { PLAIN, type Renderer, userOf, WITH_ARGUMENT } from './access-directives.ts'
import type { AccessRecord } from './access-record.ts'
import { asciiJson } from './escape.ts'

/** The line of a request, without its newline. Printable ASCII whatever the client sent. */
export type AccessLogFormatter = (record: AccessRecord) => string

/** Formats that have a name; `json` is one object a line, see docs/logs.md. */
export const NAMED_FORMATS: Readonly<Record<'combined' | 'common', string>> = {
  common: '%h %l %u %t "%r" %>s %b',
  combined: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
}

const DIRECTIVE = /%(?:\{([^}]*)\})?([<>]?s|.?)/gs

/**
 * Compiles `combined`, `common`, `json` or a format string with Apache's directives.
 * Throws a ConfigError that names the directive it does not know.
 */
export function accessLogFormatter(format: string): AccessLogFormatter {
  if (format === 'json') return jsonLine
  const text = Object.hasOwn(NAMED_FORMATS, format) ? NAMED_FORMATS[format as 'combined' | 'common'] : format
  const pieces = compile(text)
  return record => {
    let line = ''
    for (const piece of pieces) line += typeof piece === 'string' ? piece : piece(record)
    return line
  }
}

function compile(format: string): readonly (string | Renderer)[] {
  const pieces: (string | Renderer)[] = []
  let end = 0
  for (const match of format.matchAll(DIRECTIVE)) {
    if (match.index > end) pieces.push(format.slice(end, match.index))
    pieces.push(renderer(match))
    end = match.index + match[0].length
  }
  if (end < format.length) pieces.push(format.slice(end))
  return pieces
}

function renderer([directive, argument, letter = '']: RegExpExecArray): Renderer {
  const key = letter === '<s' ? 's' : letter
  if (argument === undefined) {
    if (Object.hasOwn(PLAIN, key)) return PLAIN[key]!
  } else if (Object.hasOwn(WITH_ARGUMENT, key)) {
    const made = WITH_ARGUMENT[key]!(argument)
    if (made !== undefined) return made
  }
  throw new ConfigError(`Cannot use the access log format: "${directive}" is unknown, ${known()} are known`)
}

function known(): string {
  const plain = Object.keys(PLAIN).map(letter => `%${letter}`)
  const withArgument = Object.keys(WITH_ARGUMENT).map(letter => `%{...}${letter}`)
  return `${plain.join(' ')} and ${withArgument.join(' ')}`
}

function jsonLine(record: AccessRecord): string {
  const { head, peer } = record
  const entry = {
    time: new Date(record.startedAt).toISOString(),
    remoteAddress: peer.remoteAddress ?? null,
    user: userOf(head.get('authorization')) ?? null,
    method: head.method || null,
    target: head.target || null,
    httpVersion: head.protocol?.slice(5) ?? null,
    host: head.authority ?? null,
    status: record.status,
    bodyBytes: record.bodyBytes,
    durationUs: Math.round(record.durationMs * 1000),
    referer: head.get('referer') ?? null,
    userAgent: head.get('user-agent') ?? null,
    ...requestIdOf(record),
    isComplete: record.isComplete,
    pid: process.pid,
    ...(record.refusal === undefined ? {} : { refusal: record.refusal, line: head.line }),
  }
  return asciiJson(entry)
}

/** Whatever has named the request: --request-id, or a client. */
function requestIdOf({ head }: AccessRecord): { readonly requestId?: string } {
  const requestId = head.get('x-request-id')
  return requestId === undefined ? {} : { requestId }
}
