// Signals, exits, messages and timers only append here; one loop takes them out, one by one. Nothing of the master's state
// changes inside a handler, so no two changes can get in each other's way.

/** A queue with one taker. */
export class EventQueue<Item> {
  readonly #items: Item[] = []
  #wake: ((item: Item) => void) | undefined

  put(item: Item): void {
    const wake = this.#wake
    if (wake === undefined) {
      this.#items.push(item)
      return
    }
    this.#wake = undefined
    wake(item)
  }

  /** The oldest item, or the next one that comes. One call at a time. */
  take(): Promise<Item> {
    const item = this.#items.shift()
    if (item !== undefined) return Promise.resolve(item)
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }
}
