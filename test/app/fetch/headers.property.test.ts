import { test } from 'node:test'
import fc from 'fast-check'
import { installLightGlobals } from '../../../src/app/fetch/web/globals.ts'
import { LightHeaders } from '../../../src/app/fetch/web/light-headers.ts'
import { type Argument, argument, holds, inspected, made, type Outcome, outcomeOf, same, TEXT } from './properties.ts'

const NativeHeaders = Headers
installLightGlobals()

type Maker = typeof Headers
const LIGHT = LightHeaders as unknown as Maker

/** Few names, so that calls meet; sometimes any text. */
const NAME = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'A', 'b', 'Set-Cookie', 'set-cookie', 'cookie', 'COOKIE', 'x-y') },
  { weight: 2, arbitrary: TEXT },
)
const VALUE = fc.oneof({ weight: 3, arbitrary: TEXT }, { weight: 1, arbitrary: fc.constantFrom('1', '2', '') })

type Init =
  | { readonly kind: 'none' }
  | { readonly kind: 'odd'; readonly value: Argument }
  | {
      readonly kind: 'pairs' | 'record' | 'map' | 'generator' | 'native' | 'light' | 'light subclass'
      readonly pairs: [Argument, Argument][]
    }
  | { readonly kind: 'lists'; readonly lists: Argument[][] }

const PAIRS = fc.array(fc.tuple(argument(NAME), argument(VALUE)), { maxLength: 4 })
const INIT: fc.Arbitrary<Init> = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  argument(TEXT).map(value => ({ kind: 'odd' as const, value })),
  fc.record({
    kind: fc.constantFrom('pairs', 'record', 'map', 'generator', 'native', 'light', 'light subclass'),
    pairs: PAIRS,
  }) as fc.Arbitrary<Init>,
  fc
    .array(fc.array(argument(NAME), { maxLength: 3 }), { maxLength: 2 })
    .map(lists => ({ kind: 'lists' as const, lists })),
)

class Loud extends LightHeaders {
  override *[Symbol.iterator](): Generator<[string, string]> {
    yield ['loud', 'yes']
  }
}

function initOf(init: Init): unknown {
  if (init.kind === 'none') return undefined
  if (init.kind === 'odd') return made(init.value)
  if (init.kind === 'lists') return init.lists.map(list => list.map(made))
  const pairs = init.pairs.map(([name, value]) => [made(name), made(value)])
  if (init.kind === 'pairs') return pairs
  // A symbol as a name is passed over, which fields.ts explains.
  if (init.kind === 'record') return Object.fromEntries(pairs.filter(([name]) => typeof name !== 'symbol'))
  if (init.kind === 'map') return new Map(pairs as [unknown, unknown][])
  if (init.kind === 'generator') {
    return (function* () {
      yield* pairs
    })()
  }
  const plain = pairs.filter(pair => pair.every(part => typeof part === 'string' && /^[\w-]+$/.test(part)))
  if (init.kind === 'native') return new NativeHeaders(plain as [string, string][])
  return new (init.kind === 'light' ? LightHeaders : Loud)(plain as [string, string][])
}

type Call = { readonly member: string; readonly args: readonly Argument[] }
const CHANGES: fc.Arbitrary<Call> = fc.oneof(
  fc.record({ member: fc.constantFrom('append', 'set'), args: fc.tuple(argument(NAME), argument(VALUE)) }),
  fc.record({ member: fc.constantFrom('delete', 'get', 'has'), args: fc.tuple(argument(NAME)) }),
  fc.record({
    member: fc.constantFrom('append', 'set', 'delete', 'get', 'has'),
    args: fc.array(argument(NAME), { maxLength: 3 }),
  }),
) as fc.Arbitrary<Call>
const CALL: fc.Arbitrary<Call> = fc.oneof(
  { weight: 3, arbitrary: CHANGES },
  {
    weight: 2,
    arbitrary: fc.record({
      member: fc.constantFrom(
        'open keys',
        'open values',
        'open entries',
        'step',
        'all',
        'getSetCookie',
        'forEach',
        'inspect',
        'copy',
        'keys of object',
        'string',
      ),
      args: fc.constant([]),
    }),
  },
)

/** Everything that the calls gave. */
function run(make: Maker, init: Init, calls: readonly Call[]): Outcome[] {
  let headers: Headers | undefined
  const first = outcomeOf(() => {
    headers = init.kind === 'none' ? new make() : new make(initOf(init) as never)
    return [...headers]
  })
  if (headers === undefined) return [first]
  const iterators: Iterator<unknown>[] = []
  const it = headers
  return [first, ...calls.map(call => outcomeOf(() => perform(make, it, iterators, call)))]
}

function perform(make: Maker, headers: Headers, iterators: Iterator<unknown>[], { member, args }: Call): unknown {
  const [word, kind] = member.split(' ')
  switch (member) {
    case 'open keys':
    case 'open values':
    case 'open entries':
      return void iterators.push(headers[kind as 'keys']())
    case 'step':
      return iterators.map(iterator => iterator.next())
    case 'all':
      return [...headers]
    case 'inspect':
      return [{}, { depth: 0 }, { depth: null }, { compact: false }, { colors: true }].map(options =>
        [headers, { headers }, [headers]].map(shown => inspected(shown, options)),
      )
    case 'copy':
      return [[...new make(headers)], [...new NativeHeaders(headers)]]
    case 'keys of object':
      return [Object.keys(headers), JSON.stringify(headers), { ...headers }]
    case 'string':
      return String(headers)
    case 'forEach': {
      const seen: unknown[] = []
      headers.forEach((value, name, all) => {
        seen.push(name, value, all === headers)
        // Whoever changes what he walks through must see what the platform shows, and must come to an end.
        if (seen.length < 12) headers.append(`z${name}`.slice(0, 3).replace(/[^a-z]/g, 'q'), 'more')
        if (seen.length === 9) headers.delete(name)
      })
      return seen
    }
    default:
      return (headers[word as 'get'] as (...values: unknown[]) => unknown)(...args.map(made))
  }
}

test("Headers are the platform's, whatever they are made of and whatever is called in whatever order", () =>
  holds(
    fc.property(INIT, fc.array(CALL, { maxLength: 12 }), (init, calls) =>
      same(run(LIGHT, init, calls), run(NativeHeaders, init, calls)),
    ),
    500,
  ))

test('Headers take every character in the names and values that the platform takes it in, and no other', () => {
  for (let code = 0; code < 0x180; code++) {
    const character = String.fromCharCode(code)
    for (const text of [character, `${character}a`, `a${character}b`]) {
      const observations = (make: Maker): unknown => [
        ...(['append', 'set'] as const).flatMap(member => [
          outcomeOf(() => seen(make, it => it[member](text, 'v'))),
          outcomeOf(() => seen(make, it => it[member]('a', text))),
        ]),
        ...(['get', 'has', 'delete'] as const).map(member => outcomeOf(() => seen(make, it => it[member](text)))),
        outcomeOf(() => [...new make({ [text]: 'v' })]),
        outcomeOf(() => [...new make([['n', text]])]),
      ]
      same({ code, seen: observations(LIGHT) }, { code, seen: observations(NativeHeaders) })
    }
  }
})

function seen(make: Maker, change: (headers: Headers) => unknown): unknown {
  const headers = new make({ a: 'b' })
  return [change(headers), [...headers]]
}
