// The PROXY protocol's header, versions 1 and 2 (haproxy.org: doc/proxy-protocol.txt): who the client of a proxy is, told before its first
// byte. Pure. Strict, since whatever a header says is believed: what breaks the specification's rules is a fault and no header.
import { isIPv4, isIPv6, SocketAddress } from 'node:net'
import type { ProxyHeader } from '../../app/proxy-header.ts'
import { parseTlvs } from './tlvs.ts'

export type ProxyHeaderResult =
  | { readonly header: ProxyHeader; readonly length: number }
  /** Undefined: more bytes are needed. A text: what is wrong with them. */
  | string
  | undefined

/** "PROXY TCP6 " with the longest addresses and ports, and CRLF. */
const MOST_V1 = 107
/** Addresses and TLVs of version 2. A client certificate among them is the largest thing that proxies send. */
export const MOST_V2 = 16_384
const V1_BEGINNING = Buffer.from('PROXY ')
const V2_SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a])
const V2_HEAD = 16

/** Reads the header at the start of `bytes`. */
export function parseProxyHeader(bytes: Buffer): ProxyHeaderResult {
  if (startsLike(bytes, V2_SIGNATURE)) return bytes.length < V2_HEAD ? undefined : parseV2(bytes)
  if (startsLike(bytes, V1_BEGINNING)) return parseV1(bytes)
  return 'no PROXY header'
}

/** Whether all that has come, as far as `beginning` goes, is the same. */
function startsLike(bytes: Buffer, beginning: Buffer): boolean {
  const length = Math.min(bytes.length, beginning.length)
  return bytes.compare(beginning, 0, length, 0, length) === 0
}

// --- version 1: one line of text

function parseV1(bytes: Buffer): ProxyHeaderResult {
  const end = bytes.subarray(0, MOST_V1).indexOf('\r\n')
  if (end < 0) return bytes.length < MOST_V1 ? undefined : `no end of the line within ${MOST_V1} bytes`
  const length = end + 2
  const [, family, ...words] = bytes.toString('latin1', 0, end).split(' ')
  if (family === 'UNKNOWN') return { header: { version: 1, source: 'local' }, length }
  const isFamily = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : undefined
  if (isFamily === undefined) return 'a protocol that is none of TCP4, TCP6, UNKNOWN'
  const [remoteAddress = '', localAddress = '', remotePort = '', localPort = ''] = words
  if (words.length !== 4) return 'not two addresses and two ports'
  if (!isFamily(remoteAddress) || !isFamily(localAddress)) return `an address that is none of ${family}`
  // A zone has no meaning on another machine.
  if (remoteAddress.includes('%') || localAddress.includes('%')) return `an address that is none of ${family}`
  if (!isPort(remotePort) || !isPort(localPort)) return 'a port that is not 0 to 65535'
  const ends = { remoteAddress, localAddress, remotePort: Number(remotePort), localPort: Number(localPort) }
  return { header: { version: 1, source: 'tcp', ...ends }, length }
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535
}

// --- version 2: binary

const LOCAL = 0x20
const PROXY = 0x21
/** Family and protocol -> length of both addresses and ports. */
const UNSPECIFIED = 0x00
const TCP4 = 0x11
const TCP6 = 0x21
const UNIX_STREAM = 0x31
const ADDRESS_BYTES = new Map([
  [UNSPECIFIED, 0],
  [TCP4, 12],
  [TCP6, 36],
  [UNIX_STREAM, 216],
])

function parseV2(bytes: Buffer): ProxyHeaderResult {
  const [command, family] = [bytes[12] as number, bytes[13] as number]
  const length = V2_HEAD + bytes.readUInt16BE(14)
  if (command !== LOCAL && command !== PROXY) return 'a version or command that does not exist'
  if (length - V2_HEAD > MOST_V2) return `a header of more than ${MOST_V2} bytes`
  if (bytes.length < length) return undefined
  // What follows LOCAL is skipped, whatever it is (2.2).
  if (command === LOCAL) return { header: { version: 2, source: 'local' }, length }
  const addressBytes = ADDRESS_BYTES.get(family)
  if (addressBytes === undefined) return 'a family that is none of TCP over IPv4, TCP over IPv6, Unix stream'
  const tlvsAt = V2_HEAD + addressBytes
  if (length < tlvsAt) return 'addresses that are cut'
  const tlvs = parseTlvs(bytes.subarray(0, length), tlvsAt)
  if (typeof tlvs === 'string') return tlvs
  return { header: { version: 2, ...ends(bytes.subarray(V2_HEAD, tlvsAt), family), ...tlvs }, length }
}

function ends(block: Buffer, family: number): Omit<ProxyHeader, 'version'> {
  if (family === UNSPECIFIED) return { source: 'local' }
  if (family === UNIX_STREAM) return { source: 'unix' }
  const size = family === TCP4 ? 4 : 16
  return {
    source: 'tcp',
    remoteAddress: addressOf(block.subarray(0, size)),
    localAddress: addressOf(block.subarray(size, 2 * size)),
    remotePort: block.readUInt16BE(2 * size),
    localPort: block.readUInt16BE(2 * size + 2),
  }
}

/** As inet_ntop(3) writes it. */
function addressOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16))
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address
}
