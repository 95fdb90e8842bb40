// request.url, as `new URL()` would write it, but without it for the targets that it would leave as they are.

import type { RequestHead } from '../../../http1/request/request-head.ts'
import { copyOfText } from '../../../memory/text-copy.ts'
import type { Peer } from '../../handler.ts'

/**
 * A path in which the URL standard changes nothing: no segment that begins with a dot (it might be "." or ".."), no character
 * that it codes or that means something else to it (`\` is a slash), and a query without characters that it codes.
 */
const PLAIN = /^(?:\/(?!\.|%2e)[\w\-~!$&'()*+,;=:@%.]*)+(?:\?[\w\-~!$&()*+,;=:@%./?[\]]*)?$/i

const KNOWN_ORIGINS = 256
/** Longer than any name that DNS has, with a port. */
const KNOWN_BYTES = 260
const origins: Record<'http' | 'https', Map<string, string>> = { http: new Map(), https: new Map() }

// What is asked for most is asked for again at once. The same string again has been joined by its first reader already.
let lastOrigin = ''
let lastPath = ''
let lastUrl = ''

/**
 * The absolute URL of a request. The authority is the client's; when there is none, or one that URL refuses although it is
 * right in HTTP (`Host: 1.2.3.999`), it is the listener's name. `OPTIONS *` gives the path `/*`.
 */
export function requestUrl(head: RequestHead, peer: Peer): string {
  const origin = originOf(head.authority, peer)
  const { path } = head
  if (path !== lastPath || origin !== lastOrigin) {
    lastUrl = writtenUrl(origin, path)
    lastOrigin = origin
    lastPath = path
  }
  return lastUrl
}

function writtenUrl(origin: string, path: string): string {
  if (PLAIN.test(path)) return origin + path
  return new URL(path.startsWith('/') ? origin + path : `${origin}/${path}`).href
}

function originOf(authority: string | undefined, peer: Peer): string {
  const scheme = peer.isEncrypted ? 'https' : 'http'
  if (authority === undefined) return listenerOrigin(scheme, peer)
  const known = origins[scheme]
  const found = known.get(authority)
  if (found !== undefined) return found
  const origin = parsedOrigin(scheme, authority)
  if (origin === undefined) return listenerOrigin(scheme, peer)
  if (authority.length > KNOWN_BYTES) return origin
  // Clients choose the key, so the table must not grow with them. A copy: a piece of a text holds all of it.
  if (known.size >= KNOWN_ORIGINS) known.clear()
  known.set(copyOfText(authority), origin)
  return origin
}

function listenerOrigin(scheme: string, { serverName, serverPort }: Peer): string {
  const host = serverName.includes(':') && !serverName.startsWith('[') ? `[${serverName}]` : serverName
  return parsedOrigin(scheme, `${host}:${serverPort}`) ?? parsedOrigin(scheme, host) ?? `${scheme}://localhost`
}

function parsedOrigin(scheme: string, authority: string): string | undefined {
  // A listener on a Unix socket is named by a path.
  if (authority === '' || authority.includes('/')) return undefined
  try {
    return new URL(`${scheme}://${authority}`).origin
  } catch {
    // Not a host for the URL standard; the caller knows another.
    return undefined
  }
}
