/** Bytes gathered until a section is complete. Grows by doubling, so that a drip of n bytes copies at most 2n. */
export class PartialSection {
  bytes: Uint8Array = new Uint8Array(0)
  length = 0

  add(chunk: Uint8Array): void {
    const needed = this.length + chunk.length
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2, 512))
      grown.set(this.bytes.subarray(0, this.length))
      this.bytes = grown
    }
    this.bytes.set(chunk, this.length)
    this.length = needed
  }

  clear(): void {
    if (this.length === 0) return
    this.bytes = new Uint8Array(0)
    this.length = 0
  }
}
