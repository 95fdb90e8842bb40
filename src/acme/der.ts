// The few elements of DER (ITU-T X.690) that a certificate request is made of, and a reader for what a certificate says. Pure.

/** One element: tag, length, content. */
export function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body.length)]), body])
}

export function sequence(...content: readonly Buffer[]): Buffer {
  return element(0x30, ...content)
}

export function set(...content: readonly Buffer[]): Buffer {
  return element(0x31, ...content)
}

export function octets(...content: readonly Buffer[]): Buffer {
  return element(0x04, ...content)
}

/** A bit string without unused bits. */
export function bits(content: Buffer): Buffer {
  return element(0x03, Buffer.from([0]), content)
}

/** An integer that is not negative, from its big-endian bytes. */
export function integer(bytes: Buffer): Buffer {
  const first = bytes[0] ?? 0
  return element(0x02, ...(first > 0x7f ? [Buffer.from([0])] : []), bytes)
}

/** An object identifier such as `2.5.29.17`. */
export function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

/** GeneralizedTime (RFC 5280 4.1.2.5.2), or UTCTime before 2050. */
export function time(epochMs: number): Buffer {
  const text = `${new Date(epochMs).toISOString().slice(0, 19).replace(/[-T:]/g, '')}Z`
  const isLate = new Date(epochMs).getUTCFullYear() >= 2050
  return isLate ? element(0x18, Buffer.from(text)) : element(0x17, Buffer.from(text.slice(2)))
}

export function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}

/** The content of an element at `offset`; undefined where there is none with this tag, or it is cut. */
export function contentAt(der: Buffer, offset: number, tag: number): Buffer | undefined {
  const short = der[offset + 1]
  if (der[offset] !== tag || short === undefined) return undefined
  const more = short < 0x80 ? 0 : short & 0x7f
  if (more > 3 || short === 0x80) return undefined
  const length =
    more === 0 ? short : der.subarray(offset + 2, offset + 2 + more).reduce((sum, byte) => sum * 256 + byte, 0)
  const start = offset + 2 + more
  return start + length > der.length ? undefined : der.subarray(start, start + length)
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256)
  return [0x80 | bytes.length, ...bytes]
}

function base128(number: number): number[] {
  const bytes = [number & 0x7f]
  for (let left = number >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80)
  return bytes
}
