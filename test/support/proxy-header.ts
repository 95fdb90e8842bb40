// Headers of the PROXY protocol, version 2, right and wrong ones.

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

/** `block`: addresses and values. */
export function proxyV2(family: number, block: Buffer, command = 0x21): Buffer {
  const head = Buffer.from([command, family, 0, 0])
  head.writeUInt16BE(block.length, 2)
  return Buffer.concat([SIGNATURE, head, block])
}

export function tlv(type: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string, 'latin1')
  const head = Buffer.from([type, 0, 0])
  head.writeUInt16BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}
