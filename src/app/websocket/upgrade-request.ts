// The request of a handshake, as libraries for node:http read it: method, url, headers by lower-case name, and who the client is.
import type { Exchange } from '../handler.ts'

export interface UpgradeRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly httpVersion: string
  readonly headers: Readonly<Record<string, string>>
  readonly rawHeaders: readonly string[]
  /** Who the client is; behind a trusted proxy the one that it names. */
  readonly socket: {
    readonly remoteAddress: string | undefined
    readonly remotePort: number | undefined
    readonly localAddress: string | undefined
    readonly localPort: number | undefined
    readonly encrypted: boolean
  }
}

export function upgradeRequest({ head, peer }: Exchange): UpgradeRequest {
  const headers: Record<string, string> = Object.create(null)
  const rawHeaders: string[] = []
  const names = head.names.lowerList
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!
    const value = head.value(i)
    rawHeaders.push(head.name(i), value)
    headers[name] = name in headers ? `${headers[name]}${name === 'cookie' ? '; ' : ', '}${value}` : value
  }
  const { remoteAddress, remotePort, localAddress, localPort, isEncrypted } = peer
  const socket = { remoteAddress, remotePort, localAddress, localPort, encrypted: isEncrypted }
  return { method: head.method, url: head.path, httpVersion: '1.1', headers, rawHeaders, socket }
}
