// Which kind of application a value is. Tables, read from the top: the first row that fits decides and gives its reason,
// which the log and the error messages repeat.
import { type Parameters, parametersOf, sourceOf } from './parameters.ts'

export type AppKind = 'psgi' | 'fetch' | 'node'

export interface Verdict {
  readonly kind: AppKind
  /** Completes "taken for a fetch application because ...". */
  readonly because: string
  /** Whether another kind would have been possible. */
  readonly isGuess: boolean
}

export const KIND_NAMES: Readonly<Record<AppKind, string>> = { psgi: 'PSGI', fetch: 'fetch', node: 'Node' }

/** Completes "taken for ..."; undefined when there was no other choice. */
export function guessOf({ kind, because, isGuess }: Verdict): string | undefined {
  return isGuess ? `a ${KIND_NAMES[kind]} application because ${because}` : undefined
}

/** What can be told neither to be of a kind nor to be of none; or what looks like an application and is none. */
export interface Refusal {
  readonly kind: undefined
  /** Completes "the default export is ...": what it is, and what is needed. */
  readonly because: string
}

type Callable = (...parameters: never[]) => unknown
type Shape = Readonly<Record<string, unknown>>
type Row = readonly [fits: (value: Shape, name: string) => boolean, kind: AppKind, because: string]

const SHAPES: readonly Row[] = [
  [(value, name) => name === 'fetch' && isFunction(value), 'fetch', 'the export is named fetch'],
  [value => isFunction(value['fetch']), 'fetch', 'it has a fetch method'],
  [value => hasMethods(value, 'listeners', 'listen', 'address'), 'node', 'it is an http.Server'],
  [
    value => isFunction(value) && hasMethods(value, 'handle', 'set'),
    'node',
    'it has the handle and set methods of Express',
  ],
  [
    value => isFunction(value) && hasMethods(value, 'handle', 'use'),
    'node',
    'it has the handle and use methods of Connect',
  ],
  [value => isFunction(value['callback']), 'node', 'it has the callback method of Koa'],
  [value => isFunction(value['routing']), 'node', 'it has the routing method of Fastify'],
  [value => isFunction(value['handler']), 'node', 'it has a handler'],
]

/** Names of a single parameter that say what it is. */
const REQUEST_NAMES = /^_?(?:req|request)$/i
const ENV_NAMES = /^_?(?:env|environ|environment)$/i
const EVENT_NAMES = /^_?event$/i
/** A second parameter of these names comes from a runtime of fetch applications: (request, env), (request, info). */
const FETCH_EXTRAS =
  /^_?(?:[a-z]*(?:env|environment|ctx|context|info|bindings|platform)|server|opt(?:ion)?s|event|init)$/i
const RESPONSE_NAMES = /^_?(?:res|resp|response|reply|node_?res(?:ponse)?)$/i
const REQUEST_PARTS = /[{,]\s*(?:url|method|headers|body|signal|json|text)\b/
const PSGI_SIGNS = /\bpsgix?\.[a-z]|\b(?:PATH_INFO|REQUEST_METHOD|SCRIPT_NAME|QUERY_STRING)\b/
const RESPONSE_SIGNS = /\bnew Response\b|\bResponse\.(?:json|redirect|error)\b/
const NODE_SIGNS = /\.(?:writeHead|setHeader|statusCode)\b/

/** The kind of an application that was exported as `name`; undefined when the value can be none. */
export function detectKind(
  value: unknown,
  name: string,
  requested: AppKind | undefined,
): Verdict | Refusal | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  const isPlainFunction = typeof value === 'function' && !isClass(value as Callable)
  const isShaped = typeof value === 'object' || isPlainFunction
  if (isShaped && isOfH3(value as Shape, requested)) return H3
  const row = isShaped ? SHAPES.find(([fits]) => fits(value as Shape, name)) : undefined
  if (requested !== undefined) {
    if (row === undefined && !isPlainFunction) return undefined
    return { kind: requested, because: `--interface=${requested} says so`, isGuess: false }
  }
  if (row !== undefined) return { kind: row[1], because: row[2], isGuess: false }
  return isPlainFunction ? detectFunction(value as Callable) : undefined
}

/** Version 1 of h3 marks its handlers, which take an event that only h3 can make. Version 2 has a fetch method. */
function isOfH3(value: Shape, requested: AppKind | undefined): boolean {
  const isHandler = (it: unknown): boolean => isFunction(it) && (it as unknown as Shape)['__is_handler__'] === true
  if (isFunction(value['fetch'])) return false
  return isHandler(value['handler']) || (requested === undefined && isHandler(value))
}

const H3: Refusal = {
  kind: undefined,
  because: 'an app or a handler of h3 version 1, toNodeListener(app) or toWebHandler(app) is needed',
}
const OF_EVENT: Refusal = {
  kind: undefined,
  because: 'a function of an event, one of a request or of an env is needed (the option interface insists)',
}
const OPAQUE: Refusal = {
  kind: undefined,
  because: 'a function that hides its parameters, the option interface is needed: psgi, fetch or node',
}

function detectFunction(value: Callable): Verdict | Refusal {
  if (/^(?:bound )?fetch$/.test(value.name)) return { kind: 'fetch', because: 'its name is fetch', isGuess: false }
  const parameters = parametersOf(value)
  const [first, second] = parameters.names
  if (parameters.isOpaque) return detectOpaque(value)
  if (first !== undefined && EVENT_NAMES.test(first)) return OF_EVENT
  if (second !== undefined) return detectByTwo(value, parameters)
  if (first === undefined) {
    if (/\bResponse\b/.test(sourceOf(value))) return guess('fetch', 'it takes no parameter and mentions Response')
    return guess('psgi', 'it takes no parameter')
  }
  return detectByOne(value, first)
}

function detectByTwo(value: Callable, { names }: Parameters): Verdict {
  const [first, second] = names as [string, string]
  if (RESPONSE_NAMES.test(second)) {
    const isGuess = !REQUEST_NAMES.test(first)
    return { kind: 'node', because: `its parameters are named ${first} and ${second}`, isGuess }
  }
  if (FETCH_EXTRAS.test(second)) return guess('fetch', `its second parameter is named ${second}`)
  const source = sourceOf(value)
  if (RESPONSE_SIGNS.test(source) && !NODE_SIGNS.test(source)) return guess('fetch', 'it makes a Response')
  return guess('node', `it takes ${names.length} parameters`)
}

function detectByOne(value: Callable, first: string): Verdict {
  if (ENV_NAMES.test(first)) return guess('psgi', `its parameter is named ${first}`)
  if (REQUEST_NAMES.test(first)) return guess('fetch', `its parameter is named ${first}`)
  const source = sourceOf(value)
  if (PSGI_SIGNS.test(source)) return guess('psgi', 'it asks for what an env of PSGI holds')
  if (RESPONSE_SIGNS.test(source)) return guess('fetch', 'it makes a Response')
  if (first.startsWith('{')) {
    return REQUEST_PARTS.test(first)
      ? guess('fetch', 'it takes a request apart')
      : guess('psgi', 'it takes one object apart')
  }
  if (source.includes(`new URL(${first}.url`)) return guess('fetch', `it reads ${first}.url`)
  return guess('psgi', `it takes one parameter, named ${first}`)
}

/** A function that forwards what it gets, or whose source is hidden: what else it says has to do. */
function detectOpaque(value: Callable): Verdict | Refusal {
  const source = sourceOf(value)
  if (PSGI_SIGNS.test(source)) return guess('psgi', 'it asks for what an env of PSGI holds')
  if (RESPONSE_SIGNS.test(source) || /\.fetch\(/.test(source)) return guess('fetch', 'it makes or fetches a Response')
  if (NODE_SIGNS.test(source)) return guess('node', 'it writes to a ServerResponse')
  return value.length >= 2 ? guess('node', `it takes ${value.length} parameters`) : OPAQUE
}

function guess(kind: AppKind, because: string): Verdict {
  return { kind, because, isGuess: true }
}

/** Also one that a compiler has made a function of: its prototype has methods. One with a static fetch method is an application. */
function isClass(value: Callable): boolean {
  if (isFunction((value as unknown as Shape)['fetch'])) return false
  if (/^class\b/.test(sourceOf(value))) return true
  const prototype: unknown = value.prototype
  return typeof prototype === 'object' && prototype !== null && Object.getOwnPropertyNames(prototype).length > 1
}

function hasMethods(value: Shape, ...names: readonly string[]): boolean {
  return names.every(name => isFunction(value[name]))
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
