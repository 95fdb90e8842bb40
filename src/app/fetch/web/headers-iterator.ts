// The iterator behind `keys`, `values` and `entries` of Headers. WebIDL: each step looks at the list as it is then.

export type Pair = readonly [name: string, value: string]

export const NAME = 0
export const VALUE = 1
export const PAIR = 2

type Step = IteratorResult<string | [string, string], undefined>

export class HeadersIterator {
  readonly #pairs: () => readonly Pair[]
  readonly #part: 0 | 1 | 2
  #at = 0

  constructor(pairs: () => readonly Pair[], part: 0 | 1 | 2) {
    this.#pairs = pairs
    this.#part = part
  }

  next(): Step {
    const pair = this.#pairs()[this.#at]
    if (pair === undefined) return { value: undefined, done: true }
    this.#at += 1
    return { value: this.#part === PAIR ? [pair[0], pair[1]] : pair[this.#part], done: false }
  }
}

// The shape of the standard's iterators: `[Symbol.iterator]` and the iterator helpers are inherited, there is no constructor.
Object.setPrototypeOf(HeadersIterator.prototype, Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())))
Object.defineProperty(HeadersIterator.prototype, 'next', { enumerable: true })
Object.defineProperty(HeadersIterator.prototype, Symbol.toStringTag, { value: 'Headers Iterator', configurable: true })
Reflect.deleteProperty(HeadersIterator.prototype, 'constructor')
