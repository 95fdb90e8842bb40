// The request that asks for a WebSocket (RFC 6455 4.2.1), looked at while it can still be answered as a request.
import { AppError, HandshakeError } from '../errors.ts'
import type { Exchange, HeaderList } from '../handler.ts'
import type { UpgradeOptions } from './types.ts'

const KEY = /^[+/0-9A-Za-z]{22}==$/
/** 8 is that of a draft, which `ws` speaks as well. */
const VERSIONS = new Set(['13', '8'])
const TEXT: HeaderList = ['Content-Type', 'text/plain']

/** Whether `exchange` asks for a WebSocket. With a body it is an ordinary request (RFC 9110 7.8). */
export function asksForWebSocket({ head, hasBody }: Exchange): boolean {
  return head.upgrade !== undefined && !hasBody && head.upgrade.toLowerCase() === 'websocket'
}

/** Throws a HandshakeError when no WebSocket can be opened for `exchange`: the client has to ask for one, and in the right way. */
export function checkHandshake(exchange: Exchange): void {
  const { head } = exchange
  if (!asksForWebSocket(exchange)) throw refusal(426, 'a WebSocket is needed here', UPGRADE)
  if (head.method !== 'GET') throw refusal(405, 'the method is not GET', ['Allow', 'GET'])
  if (!VERSIONS.has(head.get('sec-websocket-version') ?? ''))
    throw refusal(426, 'the version is not 13', [...UPGRADE, 'Sec-WebSocket-Version', '13'])
  if (!KEY.test(head.get('sec-websocket-key') ?? '')) throw refusal(400, 'the key is missing or wrong', [])
  if (offeredProtocols(exchange) === undefined) throw refusal(400, 'the subprotocols are no list of names', [])
}

const UPGRADE: HeaderList = ['Upgrade', 'websocket']

function refusal(status: number, reason: string, fields: HeaderList): HandshakeError {
  return new HandshakeError(status, [...TEXT, ...fields], `No WebSocket: ${reason}\n`)
}

const PROTOCOL = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** The subprotocols that the client offers, in its order; undefined for what RFC 6455 does not allow. */
export function offeredProtocols({ head }: Exchange): readonly string[] | undefined {
  const list = head.get('sec-websocket-protocol')
  if (list === undefined) return []
  const names = list.split(',').map(name => name.trim())
  return names.every(name => PROTOCOL.test(name)) && new Set(names).size === names.length ? names : undefined
}

/** What only the handshake itself says. */
const RESERVED = /^(?:connection|upgrade|content-length|transfer-encoding|sec-websocket-.*)$/i
const NAME = PROTOCOL
const BROKEN = /[\r\n\0]/

/** The lines of the 101 response that the application and the server add. Throws an AppError for what may not be sent. */
export function handshakeLines(exchange: Exchange, { headers = [] }: UpgradeOptions): string[] {
  const pairs = Symbol.iterator in headers ? [...headers] : Object.entries(headers)
  const own = exchange.ownFields
  const lines: string[] = []
  for (const [name, value] of pairs) {
    if (!NAME.test(name) || RESERVED.test(name) || BROKEN.test(String(value)))
      throw new AppError(`Cannot open the WebSocket: its response may not have the field ${JSON.stringify(name)}`)
    lines.push(`${name}: ${value}`)
  }
  const given = new Set(pairs.map(([name]) => name.toLowerCase()))
  for (let i = 0; i < own.length; i += 2) if (!given.has(own[i]!.toLowerCase())) lines.push(`${own[i]}: ${own[i + 1]}`)
  return lines
}
