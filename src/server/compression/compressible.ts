// Whether an answer may be sent in another coding, and what its fields say then.
import type { HeaderList } from '../../app/handler.ts'
import { hasMember } from '../../http1/grammar.ts'
import { isBodyless } from '../../http1/response/status.ts'
import { joinedField } from '../answer-rules.ts'
import type { AppAnswer } from '../filtered-exchange.ts'

/** Besides text/*, +json and +xml: images, sound, archives and most fonts are compressed already. */
const TYPES = new Set([
  ...[
    'json',
    'javascript',
    'x-javascript',
    'xml',
    'wasm',
    'x-ndjson',
    'jsonl',
    'graphql',
    'yaml',
    'toml',
    'sql',
    'rtf',
  ].map(name => `application/${name}`),
  ...['application/vnd.ms-fontobject', 'font/ttf', 'font/otf', 'image/bmp', 'image/x-icon', 'image/vnd.microsoft.icon'],
])

/** Content-Length as a number; undefined without one. */
export function declaredLength(headers: HeaderList): number | undefined {
  const value = joinedField(headers, 'content-length')
  return value === undefined ? undefined : Number(value)
}

/** `isHead`: of a HEAD, whose body may be left out already. */
export function isCompressible({ status, headers, length }: AppAnswer, minBytes: number, isHead: boolean): boolean {
  if (isBodyless(status) || status === 206 || status === 205) return false
  const declared = declaredLength(headers)
  // What does not fit is the server's to refuse.
  if (!isHead && length !== undefined && declared !== undefined && length !== declared) return false
  const known = declared ?? (isHead && length === 0 ? undefined : length)
  if (known !== undefined && known < minBytes) return false
  return hasCompressibleType(joinedField(headers, 'content-type')) && !isLeftAlone(headers)
}

function hasCompressibleType(contentType: string | undefined): boolean {
  const [type = ''] = contentType?.split(';', 1) ?? []
  const name = type.trim().toLowerCase()
  return name.startsWith('text/') || name.endsWith('+json') || name.endsWith('+xml') || TYPES.has(name)
}

/** Coded already, a part, or not to be changed on its way (RFC 9111 5.2.2.6). */
function isLeftAlone(headers: HeaderList): boolean {
  const coding = joinedField(headers, 'content-encoding')
  if (coding !== undefined && coding.toLowerCase() !== 'identity') return true
  if (joinedField(headers, 'content-range') !== undefined) return true
  return hasMember(joinedField(headers, 'cache-control') ?? '', 'no-transform')
}

/** The fields of an answer in `coding`. */
export function compressedFields(headers: HeaderList, coding: string): HeaderList {
  const fields: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    const value = headers[i + 1]!
    const lower = name.toLowerCase()
    if (DROPPED.has(lower)) continue
    // RFC 9110 8.8.1: other bytes with the same meaning.
    fields.push(name, lower === 'etag' && !value.startsWith('W/') ? `W/${value}` : value)
  }
  return withVary([...fields, 'Content-Encoding', coding])
}

/** What was true of the other bytes. */
const DROPPED = new Set([
  'content-length',
  'transfer-encoding',
  'content-encoding',
  'accept-ranges',
  'content-md5',
  'digest',
  'content-digest',
])

/** With `Vary: Accept-Encoding`: caches keep one for each. */
export function withVary(headers: HeaderList): HeaderList {
  const vary = joinedField(headers, 'vary')
  if (vary !== undefined && (hasMember(vary, 'accept-encoding') || hasMember(vary, '*'))) return headers
  return [...headers, 'Vary', 'Accept-Encoding']
}
