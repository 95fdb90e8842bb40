// The Date field (RFC 9110 6.6.1), made at most once a second.

/** Gives the line `Date: Tue, 24 Nov 2026 00:08:44 GMT` with its CRLF for a time in milliseconds since 1970. */
export class DateLine {
  #second = -1
  #line = ''

  at(nowMs: number): string {
    const second = Math.floor(nowMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#line = `Date: ${new Date(second * 1000).toUTCString()}\r\n`
    }
    return this.#line
  }
}
