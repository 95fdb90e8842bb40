// Whose turn it is to get a connection: the worker's that has the fewest open; of several, the one's that got none for longest.

interface Share {
  /** Connections that it was given and that have not ended, as far as it has told. */
  readonly open: number
  /** Number of the turn in which it was given the last one. */
  readonly turn: number
}

const NONE: Share = { open: 0, turn: 0 }

export class LeastConnections {
  readonly #shares = new Map<number, Share>()
  #turn = 0

  /** Counts a connection for one of `ids`, and gives that one; undefined when there is none. */
  next(ids: readonly number[]): number | undefined {
    const [first, ...others] = ids
    if (first === undefined) return undefined
    const id = others.reduce((best, other) => (this.#isBefore(other, best) ? other : best), first)
    this.#shares.set(id, { open: this.#share(id).open + 1, turn: ++this.#turn })
    return id
  }

  /** Connections that this one has, as far as it has told. */
  openOf(id: number): number {
    return this.#share(id).open
  }

  /** Connections of this one have ended. */
  ended(id: number, count: number): void {
    const share = this.#shares.get(id)
    if (share !== undefined) this.#shares.set(id, { ...share, open: share.open - count })
  }

  forget(id: number): void {
    this.#shares.delete(id)
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#share(one), this.#share(other)]
    return a.open === b.open ? a.turn < b.turn : a.open < b.open
  }

  #share(id: number): Share {
    return this.#shares.get(id) ?? NONE
  }
}
