// The fields of an answer as node:http2 takes them: an object by lower-case name.
import type { OutgoingHttpHeaders } from 'node:http2'

/** Fields that HTTP/2 has no place for (RFC 9113 8.2.2): what they say is said by frames. */
const CONNECTION_FIELDS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** A flat list of checked fields. Several of a name stay several. */
export function responseHeaders(status: number, fields: readonly string[], serverHeader: string): OutgoingHttpHeaders {
  const headers = noHeaders()
  headers[':status'] = status
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!.toLowerCase()
    if (!CONNECTION_FIELDS.has(name)) addField(headers, name, fields[i + 1]!)
  }
  if (serverHeader !== '' && headers['server'] === undefined) headers['server'] = serverHeader
  return headers
}

export function trailerHeaders(fields: readonly string[]): OutgoingHttpHeaders {
  const headers = noHeaders()
  for (let i = 0; i < fields.length; i += 2) addField(headers, fields[i]!.toLowerCase(), fields[i + 1]!)
  return headers
}

/** Without what objects inherit: `constructor` is a name like any other. */
function noHeaders(): OutgoingHttpHeaders {
  return { __proto__: null } as unknown as OutgoingHttpHeaders
}

function addField(headers: OutgoingHttpHeaders, name: string, value: string): void {
  const earlier = headers[name]
  if (earlier === undefined) headers[name] = value
  // node:http2 takes one value of these only; which of several repeats counts is the first one's, as for node:http.
  else if (!SINGLE.has(name)) headers[name] = [...(Array.isArray(earlier) ? earlier : [String(earlier)]), value]
}

/** What `node:http2` refuses lists of (lib/internal/http2/util.js, kSingleValueFields). */
const SINGLE = new Set([
  'access-control-allow-credentials',
  'access-control-max-age',
  'age',
  'authorization',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'date',
  'dnt',
  'etag',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'range',
  'referer',
  'retry-after',
  'server',
  'tk',
  'upgrade-insecure-requests',
  'user-agent',
  'x-content-type-options',
])
