// What a TLS client asks for in its first message (RFC 8446 4.1.2), read before the handshake: a certificate is chosen by name before Node
// tells the protocol. Pure.

export interface ClientHello {
  /** The name that it asks for (RFC 6066 3), lower case; '' for none. */
  readonly name: string
  /** The protocols that it speaks (RFC 7301). */
  readonly protocols: readonly string[]
}

/** A record's header, and as much as it may hold (RFC 8446 5.1). */
const MOST_BYTES = 5 + 16_384
const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const ALPN = 16

/** Undefined: there is more to come. What is no hello in one record asks for nothing, and is left to OpenSSL. */
export function readClientHello(bytes: Buffer): ClientHello | undefined {
  if (bytes.length === 0) return undefined
  if (bytes[0] !== HANDSHAKE) return NOTHING
  if (bytes.length < 5) return undefined
  const end = 5 + bytes.readUInt16BE(3)
  if (end > MOST_BYTES) return NOTHING
  if (bytes.length < end) return undefined
  try {
    return parse(bytes.subarray(5, end))
  } catch (error) {
    // Lengths that lead out of the message.
    if (error instanceof RangeError) return NOTHING
    throw error
  }
}

const NOTHING: ClientHello = { name: '', protocols: [] }

function parse(message: Buffer): ClientHello {
  if (message.readUInt8(0) !== CLIENT_HELLO) return NOTHING
  // Type, length, version and random; then the session, the ciphers, the compressions.
  let at = 4 + 2 + 32
  at += 1 + message.readUInt8(at)
  at += 2 + message.readUInt16BE(at)
  at += 1 + message.readUInt8(at)
  const end = at + 2 + message.readUInt16BE(at)
  at += 2
  let [name, protocols]: [string, string[]] = ['', []]
  while (at + 4 <= end) {
    const [type, length] = [message.readUInt16BE(at), message.readUInt16BE(at + 2)]
    const content = message.subarray(at + 4, at + 4 + length)
    if (type === SERVER_NAME) name = nameOf(content)
    else if (type === ALPN) protocols = protocolsOf(content)
    at += 4 + length
  }
  return { name, protocols }
}

function nameOf(list: Buffer): string {
  if (list.length < 5 || list.readUInt8(2) !== 0) return ''
  return list.toString('latin1', 5, 5 + list.readUInt16BE(3)).toLowerCase()
}

function protocolsOf(list: Buffer): string[] {
  const found: string[] = []
  for (let at = 2; at < list.length; at += 1 + list.readUInt8(at))
    found.push(list.toString('latin1', at + 1, at + 1 + list.readUInt8(at)))
  return found
}
