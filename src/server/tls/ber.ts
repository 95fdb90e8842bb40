// A reader of BER (ITU-T X.690), which PFX files are written in: DER with lengths that are told at the end, and texts in pieces. Pure.

export interface Ber {
  readonly tag: number
  /** The whole element. */
  readonly raw: Buffer
  /** What it holds, for an element that is no other ones' frame. */
  readonly content: Buffer
  /** Empty where it holds no elements. */
  readonly children: readonly Ber[]
}

const CONSTRUCTED = 0x20
/** No file of this kind comes near it. */
const DEEPEST = 32

/** The element that begins with the first byte. */
export function berOf(bytes: Buffer, depth = 0): Ber {
  const [tag, first] = bytes
  if (tag === undefined || first === undefined || depth > DEEPEST || (tag & 0x1f) === 0x1f) throw cut()
  const isConstructed = (tag & CONSTRUCTED) !== 0
  if (first === 0x80) return endless(bytes, tag, depth)
  const more = first < 0x80 ? 0 : first & 0x7f
  if (more > 4 || bytes.length < 2 + more) throw cut()
  const length = more === 0 ? first : bytes.readUIntBE(2, more)
  const start = 2 + more
  if (start + length > bytes.length) throw cut()
  const content = bytes.subarray(start, start + length)
  const children: Ber[] = []
  for (let at = 0; isConstructed && at < content.length; at += children.at(-1)?.raw.length ?? 0)
    children.push(berOf(content.subarray(at), depth + 1))
  return { tag, raw: bytes.subarray(0, start + length), content, children }
}

/** Its end is two zero bytes in the place of an element. */
function endless(bytes: Buffer, tag: number, depth: number): Ber {
  const children: Ber[] = []
  let at = 2
  while (bytes[at] !== 0 || bytes[at + 1] !== 0) {
    const child = berOf(bytes.subarray(at), depth + 1)
    children.push(child)
    at += child.raw.length
  }
  return { tag, raw: bytes.subarray(0, at + 2), content: bytes.subarray(2, at), children }
}

/** The bytes of an octet string, whole or in pieces. */
export function octetsIn({ tag, content, children }: Ber): Buffer {
  return (tag & CONSTRUCTED) === 0 ? content : Buffer.concat(children.map(octetsIn))
}

/** An object identifier as text, such as `2.5.4.3`. */
export function oidOf({ content }: Ber): string {
  const numbers: number[] = []
  let number = 0
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f)
    if (byte >= 0x80) continue
    numbers.push(number)
    number = 0
  }
  const [first = 0, ...rest] = numbers
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - root * 40, ...rest].join('.')
}

/** An integer that is not negative. */
export function integerOf({ content }: Ber): number {
  return content.reduce((sum, byte) => sum * 256 + byte, 0)
}

function cut(): Error {
  return new Error('it is cut, or of another kind')
}
