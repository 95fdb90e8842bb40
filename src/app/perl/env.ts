// The env of a request as it goes to a Perl child: what the server knows. The child adds what is Perl's (psgi.input, ...).

import { certificateVariables } from '../client-certificate.ts'
import type { Exchange, Peer } from '../handler.ts'
import type { ProxyHeader } from '../proxy-header.ts'
import { keysOf } from '../psgi/field-keys.ts'
import { decodedPath } from '../psgi/path-info.ts'

/**
 * Keys and values with a NUL between them, one character per byte: Perl splits a text in half the time that it takes for texts behind their
 * lengths. No NUL comes from a client: one in a field or in a target is a fault. `readLength`: of the body, if it has been read.
 */
export function encodeEnv(exchange: Exchange, readLength: number | undefined): string {
  const { head, peer } = exchange
  const queryAt = head.path.indexOf('?')
  const path = queryAt < 0 ? head.path : head.path.slice(0, queryAt)
  let text =
    pair('REQUEST_METHOD', head.method) +
    pair('REQUEST_URI', head.path) +
    pair('PATH_INFO', decodedPath(path)) +
    pair('QUERY_STRING', queryAt < 0 ? '' : head.path.slice(queryAt + 1)) +
    protocolPair(head.protocol) +
    pair('SERVER_NAME', bytesOf(peer.serverName)) +
    pair('SERVER_PORT', peer.serverPort)
  text +=
    peer.remoteAddress === undefined
      ? NO_ADDRESS
      : pair('REMOTE_ADDR', peer.remoteAddress) + pair('REMOTE_PORT', String(peer.remotePort ?? 0))
  if (peer.isEncrypted) text += encodeCertificate(peer)
  if (peer.proxyHeader !== undefined) text += encodeProxyHeader(peer.proxyHeader)
  if (head.authority !== undefined) text += pair('HTTP_HOST', head.authority)
  text += encodeFields(exchange)
  // A chunked body tells no length, but it has been read: the app need not care how it came.
  if (exchange.hasBody && exchange.contentLength === undefined && readLength !== undefined)
    text += pair('CONTENT_LENGTH', String(readLength))
  return text + (peer.isEncrypted ? HTTPS : HTTP)
}

function encodeCertificate({ clientCertificate }: Peer): string {
  if (clientCertificate === undefined) return ''
  return certificateVariables(clientCertificate)
    .map(([key, value]) => pair(key, withoutNul(value)))
    .join('')
}

/** What a proxy has told: each text under a key of its own. */
function encodeProxyHeader({ alpn, authority, uniqueId, ssl }: ProxyHeader): string {
  const texts = {
    alpn,
    authority,
    unique_id: uniqueId,
    ssl_version: ssl?.version,
    ssl_cipher: ssl?.cipher,
    ssl_common_name: ssl?.commonName,
    ssl_verified: ssl === undefined ? undefined : ssl.isVerified ? '1' : '0',
  }
  return Object.entries(texts)
    .map(([key, text]) => (text === undefined ? '' : pair(`starlight.proxy_header.${key}`, withoutNul(bytesOf(text)))))
    .join('')
}

function encodeFields({ head }: Exchange): string {
  let text = ''
  let hasRepeated = false
  const keys = keysOf(head.names)
  for (let i = 0; i < keys.length; i++) {
    const field = keys[i]!
    if (field.key === '') continue
    if (field.separator === '') text += pair(field.key, head.value(i))
    else hasRepeated = true
  }
  return hasRepeated ? text + encodeRepeated(head) : text
}

/** Fields that came more than once, joined. They go behind all others, and Perl's hash takes the last pair of a key. */
function encodeRepeated(head: Exchange['head']): string {
  const values = new Map<string, string>()
  const repeated = new Set<string>()
  for (const [i, field] of keysOf(head.names).entries()) {
    if (field.key === '') continue
    if (field.separator !== '') repeated.add(field.key)
    values.set(
      field.key,
      field.separator === '' ? head.value(i) : `${values.get(field.key)}${field.separator}${head.value(i)}`,
    )
  }
  return [...repeated].map(key => pair(key, values.get(key)!)).join('')
}

function pair(key: string, value: string): string {
  return `${key}\0${value}\0`
}

/** Of what others than the reader have checked; written as OpenSSL does. */
function withoutNul(value: string): string {
  return value.replaceAll('\0', '\\x00')
}

/** Names of the configuration may have any letters; bytes are what goes over. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/**
 * A client on a Unix socket has none. RFC 3875 4.1.8 wants REMOTE_ADDR nevertheless, and frameworks warn without it; an address of
 * this machine would give its clients the rights of local ones.
 */
const NO_ADDRESS = pair('REMOTE_ADDR', '') + pair('REMOTE_PORT', '0')
const HTTP_1_1 = pair('SERVER_PROTOCOL', 'HTTP/1.1')

function protocolPair(protocol: string): string {
  return protocol === 'HTTP/1.1' ? HTTP_1_1 : pair('SERVER_PROTOCOL', protocol)
}
/** The end, without a NUL behind it. */
const HTTPS = `${pair('HTTPS', 'on')}psgi.url_scheme\0https`
const HTTP = 'psgi.url_scheme\0http'
