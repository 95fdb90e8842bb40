// Reads MessagePack, as far as dd-trace writes it.

export function decode(bytes) {
  return new Reader(bytes).value()
}

class Reader {
  #bytes
  #at = 0

  constructor(bytes) {
    this.#bytes = bytes
  }

  value() {
    const type = this.#uint(1)
    if (type < 0x80) return type
    if (type < 0x90) return this.#map(type & 15)
    if (type < 0xa0) return this.#array(type & 15)
    if (type < 0xc0) return this.#text(type & 31)
    if (type >= 0xe0) return type - 256
    return this.#long(type)
  }

  #long(type) {
    switch (type) {
      case 0xc0:
        return null
      case 0xc2:
      case 0xc3:
        return type === 0xc3
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(this.#uint(2 ** (type - 0xc4)))
      case 0xca:
        return this.#take(4).readFloatBE()
      case 0xcb:
        return this.#take(8).readDoubleBE()
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#uint(2 ** (type - 0xcc))
      case 0xcf:
        return this.#take(8).readBigUInt64BE()
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return this.#take(2 ** (type - 0xd0)).readIntBE(0, 2 ** (type - 0xd0))
      case 0xd3:
        return this.#take(8).readBigInt64BE()
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#uint(2 ** (type - 0xd9)))
      case 0xdc:
      case 0xdd:
        return this.#array(this.#uint(2 ** (type - 0xdb)))
      case 0xde:
      case 0xdf:
        return this.#map(this.#uint(2 ** (type - 0xdd)))
      default:
        throw new Error(`Cannot read MessagePack: type ${type}`)
    }
  }

  #take(length) {
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  #uint(length) {
    return this.#take(length).readUIntBE(0, length)
  }

  #text(length) {
    return this.#take(length).toString()
  }

  #array(length) {
    return Array.from({ length }, () => this.value())
  }

  #map(length) {
    return Object.fromEntries(Array.from({ length }, () => [String(this.value()), this.value()]))
  }
}
