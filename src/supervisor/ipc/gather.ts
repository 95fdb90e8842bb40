// Answers of several workers to one question: those that come in time.

export class Gather<Value> {
  readonly done: Promise<ReadonlyMap<number, Value>>
  readonly #answers = new Map<number, Value>()
  readonly #expected: number
  #isOver = false
  #finish: () => void = () => undefined

  /** Ends when `expected` answers are there, or after `ms`. */
  constructor(expected: number, ms: number) {
    this.#expected = expected
    this.done = new Promise(resolve => {
      const timer = setTimeout(() => this.#finish(), ms)
      this.#finish = () => {
        clearTimeout(timer)
        this.#isOver = true
        resolve(this.#answers)
      }
    })
    if (expected === 0) this.#finish()
  }

  /** Whether later answers are not taken any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  put(key: number, value: Value): void {
    this.#answers.set(key, value)
    if (this.#answers.size >= this.#expected) this.#finish()
  }
}
