// Seeded randomness: the same seed gives the same run on every machine.

export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** Integer from 0 to `below` - 1. Mulberry32. */
  int(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.int(times) === 0
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!
  }

  /** `most` results of `make` at most. */
  list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.int(most + 1) }, make)
  }

  /** Ascending cut points inside `length` bytes: none, a few or many. */
  cuts(length: number): number[] {
    const places = this.list(this.pick([1, 3, 20]), () => this.int(length + 1))
    return places.sort((a, b) => a - b)
  }
}

/** `bytes` cut at `cuts`. */
export function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts, bytes.length]
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1]!, end))
}
