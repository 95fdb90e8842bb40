// The content of small files, within a bound. What was used since the last look stays for another round.
import type { Representation } from './representation.ts'

/** Larger files are read each time: reading is the smaller part of sending them. */
export const SMALL_BYTES: number = 64 * 1024
const MOST_BYTES = 32 * 1024 * 1024

export class ContentCache {
  readonly #kept = new Set<Representation>()
  readonly #mostBytes: number
  #bytes = 0

  constructor(mostBytes: number = MOST_BYTES) {
    this.#mostBytes = mostBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  keep(file: Representation, content: Uint8Array): void {
    if (file.content !== undefined) return
    this.#makeRoom(content.byteLength)
    file.content = content
    this.#kept.add(file)
    this.#bytes += content.byteLength
  }

  #makeRoom(bytes: number): void {
    // What goes to the end of a set while it is walked comes again, with its mark off.
    for (const file of this.#kept) {
      if (this.#bytes + bytes <= this.#mostBytes) return
      this.#kept.delete(file)
      if (file.isUsed) {
        file.isUsed = false
        this.#kept.add(file)
        continue
      }
      this.#bytes -= file.content?.byteLength ?? 0
      file.content = undefined
    }
  }
}
