// Which kind of application a value is. A table, read from the top: the first row that fits decides and gives its reason,
// which the log and the error messages repeat.

export type AppKind = 'psgi' | 'fetch' | 'node'

export interface Verdict {
  readonly kind: AppKind
  /** Completes "taken for a fetch application because ...". */
  readonly because: string
  /** Whether another kind would have been possible. */
  readonly isGuess: boolean
}

type Callable = (...parameters: never[]) => unknown
type Shape = Readonly<Record<string, unknown>>
type Row = readonly [fits: (value: Shape, name: string) => boolean, kind: AppKind, because: string]

const SHAPES: readonly Row[] = [
  [(value, name) => name === 'fetch' && isFunction(value), 'fetch', 'the export is named fetch'],
  [value => isFunction(value['fetch']), 'fetch', 'it has a fetch method'],
  [value => isFunction(value['listeners']) && isFunction(value['listen']), 'node', 'it is an http.Server'],
  [
    value => isFunction(value) && isFunction(value['handle']) && isFunction(value['set']),
    'node',
    'it has the handle and set methods of Express',
  ],
  [value => isFunction(value['callback']), 'node', 'it has the callback method of Koa'],
  [value => isFunction(value['routing']), 'node', 'it has the routing method of Fastify'],
  [value => isFunction(value['handler']), 'node', 'it has a handler'],
]

/** Names of a single parameter that say what it is. Anything else is taken for an env. */
const REQUEST_NAMES = /^_?(?:req|request)$/i
/** A second parameter of these names comes from a runtime of fetch applications: (request, env), (request, info). */
const FETCH_EXTRAS = /^_?(?:env|environment|ctx|context|info|conn(?:ection)?info|server|opt(?:ion)?s|event)$/i
const REQUEST_PARTS = /^\{\s*(?:url|method|headers|body|signal|json|text)\b/

/** The kind of an application that was exported as `name`; undefined when the value can be none. */
export function detectKind(value: unknown, name: string, wished: AppKind | undefined): Verdict | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  const isClass = typeof value === 'function' && /^class\b/.test(sourceOf(value as Callable))
  const isPlainFunction = typeof value === 'function' && !isClass
  const row = isClass ? undefined : SHAPES.find(([fits]) => fits(value as Shape, name))
  if (wished !== undefined) {
    if (row === undefined && !isPlainFunction) return undefined
    return { kind: wished, because: `--interface=${wished} says so`, isGuess: false }
  }
  if (row !== undefined) return { kind: row[1], because: row[2], isGuess: false }
  return isPlainFunction ? detectFunction(value as Callable) : undefined
}

function detectFunction(value: Callable): Verdict {
  const [first = '', second = ''] = parametersOf(value)
  if (value.length >= 2) {
    if (FETCH_EXTRAS.test(second)) return guess('fetch', `its second parameter is named ${second}`)
    return guess('node', `it takes ${value.length} parameters`)
  }
  if (first === '') {
    if (/\bResponse\b/.test(sourceOf(value))) return guess('fetch', 'it takes no parameter and mentions Response')
    return guess('psgi', 'it takes no parameter')
  }
  if (REQUEST_NAMES.test(first)) return guess('fetch', `its parameter is named ${first}`)
  if (REQUEST_PARTS.test(first)) return guess('fetch', 'it takes a request apart')
  return guess('psgi', first.startsWith('{') ? 'it takes one object apart' : `it takes one parameter, named ${first}`)
}

function guess(kind: AppKind, because: string): Verdict {
  return { kind, because, isGuess: true }
}

/** The first two parameters as they are written, without defaults; a pattern stays whole. */
function parametersOf(value: Callable): string[] {
  const source = sourceOf(value).replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '')
  const single = /^(?:async\s+)?([\w$]+)\s*=>/.exec(source)
  if (single?.[1] !== undefined) return [single[1]]
  const inside = source.slice(source.indexOf('(') + 1)
  const parameters: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < inside.length && parameters.length < 2; i += 1) {
    const letter = inside.charAt(i)
    if ('({['.includes(letter)) depth += 1
    if (depth === 0 && (letter === ',' || letter === ')')) {
      parameters.push(inside.slice(start, i))
      start = i + 1
    }
    if (depth === 0 && letter === ')') break
    if (')}]'.includes(letter)) depth -= 1
  }
  return parameters
    .map(text => text.trim())
    .map(text => (text.startsWith('{') ? text : text.replace(/[\s=][\s\S]*/, '')))
    .filter(Boolean)
}

function sourceOf(value: Callable): string {
  return Function.prototype.toString.call(value)
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
