// How much work something takes, counted and not timed, so that it is the same on every machine: how often each block of our own
// code ran (V8's precise coverage), and how many characters, bytes and elements the language's own methods were given or gave. Regular
// expressions count as linear: scripts/check-regexps.mjs sees to that.
//
// Imported before what is measured: code that is compiled before has no counters, and methods that were looked up are not counted.

import { Session } from 'node:inspector'

const session = new Session()
session.connect()
session.post('Profiler.enable')
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })

let handled = 0

/** What a call of a method costs: the larger of what it was given and what it gave. */
const METHODS: readonly (readonly [object, readonly string[]])[] = [
  [
    String.prototype,
    [
      'at',
      'concat',
      'includes',
      'lastIndexOf',
      'match',
      'matchAll',
      'padStart',
      'repeat',
      'replace',
      'replaceAll',
      'search',
    ],
  ],
  [String.prototype, ['split', 'toLowerCase', 'toUpperCase', 'trim', 'trimEnd', 'trimStart']],
  [Array.prototype, ['concat', 'every', 'filter', 'find', 'flat', 'flatMap', 'includes', 'indexOf', 'join', 'map']],
  [Array.prototype, ['reduce', 'reverse', 'shift', 'slice', 'some', 'sort', 'splice', 'unshift']],
  [Object.getPrototypeOf(Uint8Array.prototype), ['fill', 'includes', 'indexOf', 'join', 'slice']],
  [Buffer.prototype, ['equals', 'indexOf']],
]
/** Those that cost what they give. */
const BY_RESULT: readonly (readonly [object, readonly string[]])[] = [
  [String.prototype, ['slice', 'substring']],
  [Buffer, ['alloc', 'concat', 'from']],
  [Buffer.prototype, ['latin1Slice', 'toString', 'utf8Slice']],
  [Object, ['entries', 'fromEntries', 'keys', 'values']],
]

for (const [holder, names] of METHODS) {
  for (const name of names)
    replace(holder, name, (self, args, result) => Math.max(sizeOf(self), sizeOf(args[0]), sizeOf(result)))
}
for (const [holder, names] of BY_RESULT)
  for (const name of names) replace(holder, name, (_, __, result) => sizeOf(result))
replace(Object.getPrototypeOf(Uint8Array.prototype), 'set', (_, args) => sizeOf(args[0]))
// They look only as far as they have to.
replace(
  String.prototype,
  'indexOf',
  (self, args, result) => (Number(result) < 0 ? sizeOf(self) : Number(result)) - Number(args[1] ?? 0),
)

type Cost = (self: unknown, args: readonly unknown[], result: unknown) => number

function replace(holder: object, name: string, cost: Cost): void {
  const original = Reflect.get(holder, name) as (...args: unknown[]) => unknown
  if (original === undefined) return
  const counted = function (this: unknown, ...args: unknown[]): unknown {
    const result = Reflect.apply(original, this, args)
    handled += Math.max(0, cost(this, args, result))
    return result
  }
  Object.defineProperty(holder, name, { value: counted, writable: true, configurable: true })
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  return typeof value === 'object' && value !== null && 'length' in value ? Number(value.length) : 0
}

/** The steps of our code in `run`, with all that is done for it in the same turn. */
export function workOf(run: () => void): number {
  blocksSinceLast()
  handled = 0
  run()
  const given = handled
  return given + blocksSinceLast()
}

function blocksSinceLast(): number {
  let count = 0
  session.post('Profiler.takePreciseCoverage', (error, { result }) => {
    if (error !== null) throw error
    for (const { url, functions } of result) {
      if (!url.includes('/build/src/')) continue
      for (const { ranges } of functions) for (const range of ranges) count += range.count
    }
  })
  return count
}

/**
 * Whether work grows faster than the size of its input, in a sentence; undefined when it does not. `work(n)`: for an input of size n.
 * From n to 2n and from 2n to 4n a straight line grows by one and two parts, a parabola by three and twelve.
 */
export function superLinear(work: (size: number) => number, size: number): string | undefined {
  // What is remembered of the largest is known to all three.
  work(size * 4)
  const [one, two, four] = [work(size), work(size * 2), work(size * 4)]
  if (four - two <= 3 * (two - one) + size) return undefined
  return `${one}, ${two} and ${four} steps for ${size}, ${size * 2} and ${size * 4} of it`
}
