// Counts what happens often, and tells it in sums: one for each turn of the event loop.

export class BatchedCounter {
  readonly #tell: (count: number) => void
  #count = 0

  constructor(tell: (count: number) => void) {
    this.#tell = tell
  }

  add(): void {
    this.#count++
    if (this.#count === 1) setImmediate(() => this.#flush())
  }

  #flush(): void {
    const count = this.#count
    this.#count = 0
    this.#tell(count)
  }
}
