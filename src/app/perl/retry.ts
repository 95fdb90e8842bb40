// When the next Perl child may be forked after some that could not: each failure in a row doubles the pause.
const FIRST_MS = 100
const LONGEST_MS = 6400

export class Retry {
  #failures = 0
  #at = 0

  isDue(now: number): boolean {
    return now >= this.#at
  }

  failed(now: number): void {
    this.#at = now + Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures)
    this.#failures++
  }

  succeeded(): void {
    this.#failures = 0
  }
}
