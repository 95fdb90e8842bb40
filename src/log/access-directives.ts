// The directives of Apache's LogFormat that have a meaning here, one row each.
import type { AccessRecord } from './access-record.ts'
import { escapedField } from './escape.ts'
import { strftime } from './strftime.ts'

export type Renderer = (record: AccessRecord) => string

/** What Apache writes for `%t`. */
const COMMON_TIME = '[%d/%b/%Y:%H:%M:%S %z]'

/** Directives without an argument. A missing value is `-`; everything that the client sent is escaped. */
export const PLAIN: Readonly<Record<string, Renderer>> = {
  '%': () => '%',
  a: ({ peer }) => peer.remoteAddress ?? '-',
  A: ({ peer }) => peer.localAddress ?? '-',
  b: ({ bodyBytes }) => (bodyBytes === 0 ? '-' : String(bodyBytes)),
  B: ({ bodyBytes }) => String(bodyBytes),
  D: ({ durationMs }) => String(Math.round(durationMs * 1000)),
  h: ({ peer }) => peer.remoteAddress ?? '-',
  H: ({ head }) => head.protocol ?? '-',
  l: () => '-',
  m: ({ head }) => escapedField(head.method) || '-',
  p: ({ peer }) => peer.serverPort,
  P: () => String(process.pid),
  q: ({ head }) => escapedField(queryOf(head.path)),
  r: requestLine,
  s: ({ status }) => String(status),
  '>s': ({ status }) => String(status),
  t: timeRenderer(COMMON_TIME),
  T: ({ durationMs }) => String(Math.floor(durationMs / 1000)),
  // A space would move the columns behind it, so it is escaped here although it is harmless inside quotes.
  u: ({ head }) => fieldText(userOf(head.get('authorization'))).replaceAll(' ', '\\x20'),
  U: ({ head }) => escapedField(pathOf(head.path)) || '-',
  v: ({ peer }) => peer.serverName,
  V: ({ head, peer }) => escapedField(hostOf(head.authority) ?? peer.serverName),
  X: connectionState,
}

/** Directives with an argument in braces. Undefined: the argument means nothing to the directive. */
export const WITH_ARGUMENT: Readonly<Record<string, (argument: string) => Renderer | undefined>> = {
  i: name => {
    const key = name.toLowerCase()
    return ({ head }) => fieldText(head.get(key))
  },
  o: name => {
    const key = name.toLowerCase()
    return record => fieldText(record.responseField?.(key))
  },
  p: whose => own(PORTS, whose),
  t: format => own(TIMES, format) ?? timeRenderer(format),
  T: unit => own(DURATIONS, unit),
}

const PORTS: Readonly<Record<string, Renderer>> = {
  canonical: ({ peer }) => peer.serverPort,
  local: ({ peer }) => String(peer.localPort ?? '-'),
  remote: ({ peer }) => String(peer.remotePort ?? '-'),
}

const TIMES: Readonly<Record<string, Renderer>> = {
  sec: ({ startedAt }) => String(Math.floor(startedAt / 1000)),
  msec: ({ startedAt }) => String(Math.floor(startedAt)),
  usec: ({ startedAt }) => String(Math.floor(startedAt * 1000)),
  msec_frac: ({ startedAt }) => String(Math.floor(startedAt) % 1000).padStart(3, '0'),
  usec_frac: ({ startedAt }) => String(Math.floor(startedAt * 1000) % 1_000_000).padStart(6, '0'),
}

const DURATIONS: Readonly<Record<string, Renderer>> = {
  s: ({ durationMs }) => String(Math.floor(durationMs / 1000)),
  ms: ({ durationMs }) => String(Math.round(durationMs)),
  us: ({ durationMs }) => String(Math.round(durationMs * 1000)),
}

/** A format string may ask for any word, `constructor` too. */
function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

function timeRenderer(format: string): Renderer {
  const text = strftime(format)
  return ({ startedAt }) => text(startedAt)
}

function requestLine({ head }: AccessRecord): string {
  if (head.line !== undefined) return escapedField(head.line) || '-'
  return `${escapedField(head.method)} ${escapedField(head.target)} ${head.protocol}`
}

function fieldText(value: string | undefined): string {
  return value === undefined || value === '' ? '-' : escapedField(value)
}

/** The name that the client gave with Basic authentication (RFC 7617). It is not verified: with status 401 it is only a claim. */
export function userOf(authorization: string | undefined): string | undefined {
  const credentials = /^basic +([a-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1]
  if (credentials === undefined) return undefined
  const pair = Buffer.from(credentials, 'base64').toString('latin1')
  const colon = pair.indexOf(':')
  return colon <= 0 ? undefined : pair.slice(0, colon)
}

function pathOf(pathAndQuery: string): string {
  const mark = pathAndQuery.indexOf('?')
  return mark < 0 ? pathAndQuery : pathAndQuery.slice(0, mark)
}

/** With its question mark, empty without a query, as in Apache. */
function queryOf(pathAndQuery: string): string {
  const mark = pathAndQuery.indexOf('?')
  return mark < 0 ? '' : pathAndQuery.slice(mark)
}

function hostOf(authority: string | undefined): string | undefined {
  return authority?.replace(/:\d*$/, '') || undefined
}

/** X: cut before the answer was complete; +: the connection lives on; -: it closes. */
function connectionState({ isComplete, isPersistent }: AccessRecord): string {
  if (!isComplete) return 'X'
  return isPersistent === false ? '-' : '+'
}
