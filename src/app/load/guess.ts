// A kind that was guessed may be wrong, which shows when the application fails. The first such log line names the remedy.

export class Guess {
  readonly #text: string
  #isTold = false

  /** `text` completes "taken for ...". */
  constructor(text: string) {
    this.#text = text
  }

  /** What to say beside the first failure; undefined when it has been said. */
  takeAdvice(): string | undefined {
    if (this.#isTold) return undefined
    this.#isTold = true
    return `The application is taken for ${this.#text}; if it is of another kind, --interface=psgi, fetch or node says so (interface in a config file and in a program)`
  }
}
