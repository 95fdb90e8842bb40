import { test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { installLightGlobals } from '../../../src/app/fetch/web/globals.ts'
import { LightResponse } from '../../../src/app/fetch/web/light-response.ts'
import { answerOf } from './ask.ts'
import { type Step, Steps, shown, stepsOf, withoutBoundary } from './body-steps.ts'
import { type Argument, argument, holds, inspected, made, outcomeOf, same, TEXT } from './properties.ts'

const NativeResponse = Response
const NativeHeaders = Headers
installLightGlobals()

type Maker = typeof Response
const LIGHT = LightResponse as unknown as Maker

const streamOf = (pieces: readonly unknown[], options: object = {}): ReadableStream =>
  new ReadableStream({
    pull(controller: ReadableStreamDefaultController) {
      const piece = pieces.at(0)
      pieces = pieces.slice(1)
      if (piece === undefined) controller.close()
      else controller.enqueue(piece)
    },
    ...options,
  } as object)
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
const formOf = (): FormData => {
  const form = new FormData()
  form.append('a', 'b\r\nc')
  form.append('f', new Blob(['file'], { type: 'x/y' }), 'n"ame')
  return form
}

/** What may be a body, and what may not. */
const BODIES: Record<string, () => unknown> = {
  null: () => null,
  'an empty string': () => '',
  'a string': () => '{"a":"h\u00e9llo \u20ac"}',
  'a string with a lone surrogate': () => 'a\ud800b',
  'a form as a string': () => 'a=b&c=d+e',
  'no bytes': () => new Uint8Array(0),
  bytes: () => Uint8Array.of(1, 0xff, 0xc3),
  'many bytes': () => new Uint8Array(20_000).fill(65),
  'a part of a Buffer': () => Buffer.from('wxyz').subarray(1, 3),
  'an ArrayBuffer': () => bytes('buffer').buffer,
  'a DataView': () => new DataView(bytes('a view').buffer, 2),
  'a Float64Array': () => new Float64Array([1, 2]),
  'a detached ArrayBuffer': () => {
    const { buffer } = bytes('gone')
    structuredClone(buffer, { transfer: [buffer] })
    return buffer
  },
  'detached bytes': () => {
    const it = bytes('gone')
    structuredClone(it.buffer, { transfer: [it.buffer] })
    return it
  },
  'shared bytes': () => new Uint8Array(new SharedArrayBuffer(2)),
  'a SharedArrayBuffer': () => new SharedArrayBuffer(2),
  'a Blob': () => new Blob(['blob ', 'text'], { type: 'Text/X; a=b' }),
  'a File': () => new (globalThis.File ?? Blob)(['file'], 'name.txt'),
  'a Blob without type': () => new Blob(['x']),
  FormData: formOf,
  URLSearchParams: () => new URLSearchParams({ a: 'b c', '\u20ac': '&' }),
  'an empty URLSearchParams': () => new URLSearchParams(),
  'a stream': () => streamOf([bytes('one'), bytes('two')]),
  'an empty stream': () => streamOf([]),
  'a byte stream': () => streamOf([bytes('one'), bytes('two')], { type: 'bytes' }),
  'a stream of strings': () => streamOf(['text']),
  'a stream of numbers': () => streamOf([bytes('a'), 5]),
  'a stream that fails': () =>
    streamOf([], { pull: (controller: ReadableStreamDefaultController) => controller.error(new RangeError('x')) }),
  'a locked stream': () => {
    const stream = streamOf([bytes('x')])
    stream.getReader()
    return stream
  },
  'a closed stream': () => {
    const stream = streamOf([])
    void stream.cancel()
    return stream
  },
  'the body of a response': () => new LIGHT('of another').body,
  'the body of a native response': () => new NativeResponse('of another').body,
  'an async generator': () =>
    (async function* () {
      yield bytes('gen')
      yield bytes('erated')
    })(),
  'a generator': () =>
    (function* () {
      yield bytes('gen')
    })(),
  'an array of bytes': () => [bytes('a'), bytes('b')],
}
type WorkerRole = { readonly kind: string } | Argument
const BODY: fc.Arbitrary<WorkerRole> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...Object.keys(BODIES)).map(kind => ({ kind })) },
  { weight: 1, arbitrary: argument(TEXT) },
)
const bodyOf = (body: WorkerRole): unknown => ('kind' in body ? (BODIES[body.kind] as () => unknown)() : made(body))

const STATUS = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(200, 201, 204, 205, 304, 404, 599) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      0,
      101,
      103,
      199,
      600,
      199.9,
      200.5,
      599.9,
      -1,
      65_736,
      2 ** 32 + 200,
      Number.NaN,
      Infinity,
      '200',
      ' 201 ',
      '0x1F4',
      '',
      'x',
      true,
      null,
      [204],
    ),
  },
)
/** Members of an init as functions that make them; absent ones are left out. */
type Init = { readonly [name: string]: () => unknown }
const constant = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<() => T> =>
  arbitrary.map(value => named(() => value, inspect(value)))
const lazily = (arbitrary: fc.Arbitrary<Argument>): fc.Arbitrary<() => unknown> =>
  arbitrary.map(it => named(() => made(it), inspect(it)))
const HEADERS = fc.oneof(
  constant(
    fc.constantFrom<unknown>(
      {},
      { 'Content-TYPE': 'text/html' },
      { a: '1', A: '2', 'set-cookie': 'x' },
      [
        ['a', 'b'],
        ['a', ''],
      ],
      [['a']],
      null,
      'a: b',
      { 'content-type': '' },
    ),
  ),
  constant(fc.dictionary(fc.constantFrom('a', 'b', 'content-type', 'x y'), TEXT, { maxKeys: 2 })),
  fc.constant(named(() => new Headers({ light: 'x' }), 'light')),
  fc.constant(named(() => new NativeHeaders({ native: 'x' }), 'native')),
)
const INIT: fc.Arbitrary<Init | Argument | undefined> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  {
    weight: 5,
    arbitrary: fc.record(
      { status: constant(STATUS), statusText: lazily(argument(TEXT)), headers: HEADERS },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Init>,
  },
  { weight: 1, arbitrary: argument(TEXT) },
)

function named<T>(make: () => T, text: string): () => T {
  return Object.defineProperty(make, fc.toStringMethod, { value: () => text })
}

function initOf(init: Init | Argument): unknown {
  if ('text' in init || 'odd' in init) return made(init as Argument)
  return Object.fromEntries(Object.entries(init).map(([name, make]) => [name, make()]))
}

const MEMBERS = ['head', 'head', 'rewrap', 'rewrap as init', 'change', 'retype', 'inspect', 'json of']

/** Everything that can be seen of a response while it is made, used and sent. */
async function run(
  make: Maker,
  body: WorkerRole,
  init: Init | Argument | undefined,
  list: readonly Step[],
): Promise<unknown> {
  const args = init === undefined ? [bodyOf(body)] : [bodyOf(body), initOf(init)]
  const response = outcomeOf(() => new make(...(args as [])))
  // Which of two faults is found first is not compared.
  if ('error' in response) return 'refused'
  const steps = new Steps<Response>()
  steps.objects.push(response.value)
  void steps.note(() => headOf(response.value))
  await steps.perform(list, (member, it, on) => {
    switch (member) {
      case 'head':
        return headOf(it)
      case 'rewrap':
        return void steps.objects.push(new make(it.body as never, it))
      case 'rewrap as init':
        return void steps.objects.push(new make('fresh', it))
      case 'change':
        return it.headers.append('changed', String(on))
      case 'retype':
        return it.headers.set('content-type', 'application/x-www-form-urlencoded')
      case 'json of':
        return void steps.objects.push(make.json({ on }, it))
      default:
        // Not what a stream shows of itself: that is the platform's.
        return inspected(it, { depth: 0 })
    }
  })
  // Once and last: a response of known content can be sent again and again here.
  void steps.note(() => sent(steps.objects.at(-1) as Response))
  return steps.trace
}

function headOf(response: Response): unknown {
  const { status, statusText, ok, type, url, redirected, bodyUsed, body } = response
  const isStream = body === null ? null : [body instanceof ReadableStream, body.locked]
  const headers = [...response.headers].map(([name, value]) => [name, withoutBoundary(value)])
  return { status, statusText, ok, type, url, redirected, bodyUsed, isStream, headers, tag: String(response) }
}

function pairsOf(list: readonly string[]): [string, string][] {
  return list.flatMap((name, at) => (at % 2 === 0 ? [[name, withoutBoundary(list[at + 1] as string)]] : []))
}

/** What a client gets. Content-Length is the server's matter. */
async function sent(response: Response): Promise<unknown> {
  const exchange = await answerOf(() => response)
  const { answered, body, failures, state } = exchange
  const text = await shown(Buffer.concat(body).toString('latin1'))
  // In the order of names, as the native class lists them.
  const headers = [...new NativeHeaders(pairsOf(answered?.headers ?? []))]
  return { status: answered?.status, reason: answered?.reason, headers, text, failures: failures.length, state }
}

test("Response is the platform's, whatever it is made of and whatever is called in whatever order", () =>
  holds(
    fc.asyncProperty(BODY, INIT, stepsOf(MEMBERS), async (body, init, steps) =>
      same(await run(LIGHT, body, init, steps), await run(NativeResponse, body, init, steps)),
    ),
    200,
  ))

test('Response takes every character in a reason and in a redirect that the platform takes, and no other', () => {
  for (let code = 0; code < 0x180; code++) {
    const character = String.fromCharCode(code)
    for (const text of [character, `a${character}b`]) {
      const observations = (make: Maker): unknown => [
        outcomeOf(() => new make('x', { statusText: text }).statusText),
        outcomeOf(() => make.json(1, { statusText: text }).statusText),
        outcomeOf(() => headOf(make.redirect(`http://h.example/${text}`))),
        outcomeOf(() => headOf(make.redirect(text))),
      ]
      same({ code, seen: observations(LIGHT) }, { code, seen: observations(NativeResponse) })
    }
  }
})

test('Response takes every status that the platform takes, and no other', () => {
  for (const status of [...Array(700).keys(), 65_736, 2 ** 32 + 200, -56, 200.5, 599.9, 199.9]) {
    const observations = (make: Maker): unknown => [
      ...['x', null, new Uint8Array(1)].map(body => outcomeOf(() => headOf(new make(body, { status })))),
      outcomeOf(() => headOf(make.json({}, { status }))),
      outcomeOf(() => headOf(make.redirect('http://h.example/', status as 301))),
    ]
    same({ status, seen: observations(LIGHT) }, { status, seen: observations(NativeResponse) })
  }
})

test('Response.json, redirect and error give what the platform gives, whatever they are called with', () =>
  holds(
    fc.property(
      fc.constantFrom('json', 'redirect', 'error'),
      fc.oneof(fc.array(argument(TEXT), { maxLength: 3 }), fc.tuple(argument(fc.webUrl()), argument(TEXT))),
      (member, args) => {
        const observed = (make: Maker): unknown =>
          outcomeOf(() => headOf((make[member as 'json'] as (...values: unknown[]) => Response)(...args.map(made))))
        same(observed(LIGHT), observed(NativeResponse))
      },
    ),
    500,
  ))
