// Properties that light objects share with the platform's: whatever is done to both, in whatever order, they answer the same.
// Every run draws the same cases; `FUZZ_SEED=N` draws others, and fast-check prints the seed and the smallest case of a failure.
import assert from 'node:assert/strict'
import { env } from 'node:process'
import { type InspectOptions, inspect } from 'node:util'
import fc from 'fast-check'

/** What a call gave: its value, or the class of its error. */
export type Outcome<T = unknown> = { readonly value: T } | { readonly error: string }

/** Runs a call. Errors are compared by class: the wording is the platform's own wherever the light class asks it. */
export function outcomeOf<T>(call: () => T): Outcome<T> {
  try {
    return { value: call() }
  } catch (error) {
    return { error: nameOf(error) }
  }
}

/** `outcomeOf` for a call that may give a promise. */
export async function settled(call: () => unknown): Promise<Outcome> {
  try {
    return { value: await call() }
  } catch (error) {
    return { error: nameOf(error) }
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name} (${error.constructor.name})` : `no error: ${String(error)}`
}

/** Checks a property with the seed of the run. */
export function holds<T extends [unknown, ...unknown[]]>(
  property: fc.IProperty<T> | fc.IAsyncProperty<T>,
  runs: number,
): Promise<void> {
  const seed = Number(env['FUZZ_SEED'] ?? 20_250_101)
  return Promise.resolve(
    fc.assert(property as fc.IAsyncProperty<T>, { seed, numRuns: runs * Number(env['FUZZ_FACTOR'] ?? 1) }),
  )
}

/** What inspect shows, whatever the case and the order of names: light Headers keep them in lower case, and not always in order. */
export function inspected(value: unknown, options: InspectOptions = {}): string {
  return [
    ...inspect(value, options)
      .toLowerCase()
      .replaceAll(/undici-\d+/g, 'undici'),
  ]
    .sort()
    .join('')
}

export function same(light: unknown, native: unknown): void {
  assert.deepEqual(light, native)
}

/** Any UTF-16 unit alone, the ones that the standards treat specially more often than others. */
export const CHARACTER: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...' \t\r\n\0\x01\x0b\x7f\x80\x85\xa0\xe9\xff\u0100\u0130\u017f\u2028\ud800\ufeff:;,"=/()',
    ),
  },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 0x1ff }).map(code => String.fromCharCode(code)) },
  { weight: 4, arbitrary: fc.constantFrom(...'abAB1-') },
)
export const TEXT: fc.Arbitrary<string> = fc.array(CHARACTER, { maxLength: 4 }).map(parts => parts.join(''))

/** What a caller without types may pass. Made anew for each side: some of them remember that they were asked. */
export const ODDITIES: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  zero: () => 0,
  NaN: () => Number.NaN,
  'a fraction': () => 1.5,
  bigint: () => 7n,
  symbol: () => Symbol('s'),
  'an array': () => ['x', 'y'],
  'an empty array': () => [],
  'an object': () => ({ k: 'v' }),
  'a function': () => () => 'f',
  'an object with toString': () => ({ toString: () => 'Told' }),
  'an object with toString that gives CR LF': () => ({ toString: () => '\r\n t \r\n' }),
  'an object whose toString throws': () => ({
    toString: () => {
      throw new RangeError('no')
    },
  }),
  'a String': () => new String('boxed'),
  'a Date': () => new Date(0),
  'a Map': () => new Map([['m', 'n']]),
  'a Set of pairs': () => new Set([['p', 'q']]),
  'an object without prototype': () => Object.assign(Object.create(null), { o: 'p' }),
  'an object with a getter': () => ({
    get k() {
      return 'got'
    },
  }),
  'a proxy': () => new Proxy({ k: 'v' }, {}),
}
export const ODDITY: fc.Arbitrary<string> = fc.constantFrom(...Object.keys(ODDITIES))

/** An argument as data; `made` makes the value. */
export type Argument = { readonly text: string } | { readonly odd: string }
export const argument = (texts: fc.Arbitrary<string>): fc.Arbitrary<Argument> =>
  fc.oneof(
    { weight: 8, arbitrary: texts.map(text => ({ text })) },
    { weight: 1, arbitrary: ODDITY.map(odd => ({ odd })) },
  )
export function made(it: Argument): unknown {
  return 'text' in it ? it.text : (ODDITIES[it.odd] as () => unknown)()
}
