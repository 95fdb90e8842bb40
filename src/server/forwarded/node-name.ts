// Addresses as proxies write them: `node` of RFC 7239 section 6, and what X-Forwarded-For has in practice.
import { isIP } from 'node:net'
import { copyOfText } from '../../memory/text-copy.ts'

export interface NodeName {
  readonly address: string
  readonly port: number | undefined
}

/** `[`, 45 characters of IPv6 with an IPv4 tail, a zone, `]:65535`. */
const LONGEST = 80
const BRACKETED = /^\[([^\]]*)\](?::(\d{1,5}))?$/
const WITH_PORT = /^([\d.]+):(\d{1,5})$/

/** Clients come again, and their addresses are pieces of heads: one that is held would hold all of its head, so these are copies. */
const known = new Map<string, NodeName>()
const KEPT = 1000

/** The address in `text`; undefined for `unknown`, an obfuscated name (`_proxy7`), and all that is no address. */
export function parseNodeName(text: string): NodeName | undefined {
  if (text.length > LONGEST) return undefined
  const found = known.get(text)
  if (found !== undefined) return found
  const copy = copyOfText(text)
  const [, address = copy, port] = BRACKETED.exec(copy) ?? WITH_PORT.exec(copy) ?? []
  if (isIP(address) === 0) return undefined
  const node: NodeName = { address: plainAddress(address), port: portOf(port) }
  if (known.size >= KEPT) known.clear()
  known.set(copy, node)
  return node
}

/** 1 to 65535; undefined for all else. */
export function portOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return undefined
  const port = Number(text)
  return port > 0 && port <= 65535 ? port : undefined
}

/** An IPv4 client on a dual-stack socket has the address that it would have on an IPv4 one: logs and allow lists expect it. */
export function plainAddress(address: string): string {
  const isMapped = address.charCodeAt(0) === 0x3a && address.includes('.') && /^::ffff:/i.test(address)
  return isMapped ? address.slice(7) : address
}
