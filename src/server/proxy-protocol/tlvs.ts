// What version 2 of the PROXY protocol tells besides addresses: type, length, value (2.2 of its specification). Pure.
import type { ProxySsl, ProxyTlvs } from '../../app/proxy-header.ts'
import { crc32c } from './crc32c.ts'

const ALPN = 0x01
const AUTHORITY = 0x02
const CRC32C = 0x03
const UNIQUE_ID = 0x05
const SSL = 0x20
const SSL_VERSION = 0x21
const SSL_COMMON_NAME = 0x22
const SSL_CIPHER = 0x23

const CLIENT_SSL = 0x01
const CLIENT_CERT = 0x02 | 0x04
/** Client flags, then the result of the verification. */
const SSL_HEAD = 5
const MOST_UNIQUE_ID = 128

/** The values from `at` on. `header` is the whole of it, for its checksum. A text tells what is wrong. */
export function parseTlvs(header: Buffer, at: number): ProxyTlvs | string {
  const values = valuesOf(header, at)
  if (values === undefined) return 'a value that is cut'
  const checksum = values.get(CRC32C)
  if (checksum !== undefined && !isIntact(header, checksum)) return 'a wrong checksum'
  const ssl = sslOf(values.get(SSL))
  if (ssl === 'cut') return 'a value that is cut'
  if ((values.get(UNIQUE_ID)?.length ?? 0) > MOST_UNIQUE_ID) return `a unique id of more than ${MOST_UNIQUE_ID} bytes`
  const tlvs = {
    ...textOf('alpn', values.get(ALPN)),
    ...textOf('authority', values.get(AUTHORITY)),
    ...textOf('uniqueId', values.get(UNIQUE_ID)),
    ...(ssl !== undefined && { ssl }),
  }
  return hasControls(tlvs) || hasControls(ssl ?? {}) ? 'a value with a control character' : tlvs
}

/** Type -> value, the first one of each; undefined when the last one is cut. */
function valuesOf(bytes: Buffer, start: number): Map<number, Buffer> | undefined {
  const values = new Map<number, Buffer>()
  let at = start
  while (at < bytes.length) {
    if (at + 3 > bytes.length) return undefined
    const type = bytes[at] as number
    const end = at + 3 + bytes.readUInt16BE(at + 1)
    if (end > bytes.length) return undefined
    if (!values.has(type)) values.set(type, bytes.subarray(at + 3, end))
    at = end
  }
  return values
}

/** The checksum is that of the header with zeros in the checksum's place (2.2.3). */
function isIntact(header: Buffer, checksum: Buffer): boolean {
  if (checksum.length !== 4) return false
  const expected = checksum.readUInt32BE(0)
  const copy = Buffer.from(header)
  copy.fill(0, checksum.byteOffset - header.byteOffset, checksum.byteOffset - header.byteOffset + 4)
  return crc32c(copy) === expected
}

function sslOf(value: Buffer | undefined): ProxySsl | 'cut' | undefined {
  if (value === undefined) return undefined
  if (value.length < SSL_HEAD) return 'cut'
  const parts = valuesOf(value, SSL_HEAD)
  if (parts === undefined) return 'cut'
  const client = value[0] as number
  if ((client & CLIENT_SSL) === 0) return undefined
  const hasCertificate = (client & CLIENT_CERT) !== 0
  return {
    hasCertificate,
    isVerified: hasCertificate && value.readUInt32BE(1) === 0,
    ...textOf('version', parts.get(SSL_VERSION)),
    ...textOf('cipher', parts.get(SSL_CIPHER)),
    ...textOf('commonName', parts.get(SSL_COMMON_NAME)),
  }
}

function textOf<K extends string>(key: K, value: Buffer | undefined): { [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value.toString('utf8') }) as { [P in K]?: string }
}

function hasControls(texts: object): boolean {
  return Object.values(texts).some(text => typeof text === 'string' && /[\x00-\x1f\x7f]/.test(text))
}
