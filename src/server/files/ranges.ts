// Range requests (RFC 9110 14). What a client asks for is bounded by what the content is: it never gets more bytes than that.

/** First and last byte, both sent. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/** Clients that mean it ask for a handful; Apache allows 200, which is the attack of CVE-2011-3192 still. */
const MOST_RANGES = 32

/**
 * The ranges of content of `size` bytes. `undefined`: the field is to be ignored, and all of the content sent: it is none, or asks for
 * too much. `unsatisfiable`: 416. Ranges that overlap are joined (RFC 9110 14.2), others stay in their order.
 */
export function parseRanges(field: string, size: number): readonly ByteRange[] | 'unsatisfiable' | undefined {
  if (!/^bytes=/i.test(field)) return undefined
  const specs = field.slice(6).split(',', MOST_RANGES + 1)
  if (specs.length > MOST_RANGES) return undefined
  const ranges: ByteRange[] = []
  for (const spec of specs) {
    const [whole, first = '', last = ''] = /^[ \t]*(\d*)-(\d*)[ \t]*$/.exec(spec) ?? []
    if (whole === undefined || (first === '' && last === '')) return undefined
    if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
    const range = satisfiable(first, last, size)
    if (range !== undefined) ranges.push(range)
  }
  if (ranges.length === 0) return 'unsatisfiable'
  const joined = ranges.length === 1 ? ranges : withoutOverlap(ranges)
  // In pieces it would only be longer.
  return joined.length > 1 && total(joined) >= size ? undefined : joined
}

function satisfiable(first: string, last: string, size: number): ByteRange | undefined {
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? undefined : { first: size - length, last: size - 1 }
  }
  const start = Number(first)
  if (start >= size) return undefined
  return { first: start, last: last === '' ? size - 1 : Math.min(Number(last), size - 1) }
}

function withoutOverlap(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const sorted = ranges.toSorted((a, b) => a.first - b.first)
  const joined: { first: number; last: number }[] = []
  for (const { first, last } of sorted) {
    const before = joined.at(-1)
    if (before !== undefined && first <= before.last) before.last = Math.max(before.last, last)
    else joined.push({ first, last })
  }
  return joined.length === ranges.length ? ranges : joined
}

function total(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0)
}
