// The parameters of a function as its source shows them. `length` counts neither those with defaults nor the rest, and what
// compilers and wrappers put around a function hides them.

export interface Parameters {
  /** Names in their order, without defaults; a pattern stays whole. Without those that only stand for all the others. */
  readonly names: readonly string[]
  /** The function takes what it is given and passes it on, or its source is not to be seen. */
  readonly isOpaque: boolean
}

type Callable = (...parameters: never[]) => unknown

/** `(...args)`, and what Babel and esbuild name the parameters of a function that only forwards its arguments. */
const REST = /^\.\.\./
const NUMBERED = /^_x?\d*$/

/** Reads the parameters of `value`. Those that it takes from its rest parameter, or passes to a generator within, count as its own. */
export function parametersOf(value: Callable): Parameters {
  const source = sourceOf(value)
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) return { names: [], isOpaque: true }
  const names = listed(source)
  const isPassing = takesArguments(source) || /function\s*\*/.test(source)
  // A rest parameter behind others, as in (request, ...rest), hides nothing.
  const own = names.filter(name => !REST.test(name) && !(isPassing && NUMBERED.test(name)))
  if (own.length > 0 || (names.length === 0 && !isPassing)) return { names: own, isOpaque: false }
  const inner = innerNames(source, names[0] ?? '...arguments')
  return { names: inner, isOpaque: inner.length === 0 }
}

/** The source of a function without its comments. */
export function sourceOf(value: Callable): string {
  return withoutComments(Function.prototype.toString.call(value))
}

function takesArguments(source: string): boolean {
  return /^(?:async\s+)?function\b/.test(source) && /\barguments\b/.test(source)
}

/** `const [req, res] = args`, or the `function* (req, res)` that an async function became. */
function innerNames(source: string, rest: string): string[] {
  const name = rest.replace(REST, '')
  const taken = [...source.matchAll(/\[([^\]]*)\]\s*=\s*([\w$]+)/g)].find(match => match[2] === name)?.[1]
  if (taken !== undefined) return listed(`(${taken})`)
  const generator = /function\s*\*\s*[\w$]*\s*(\([^)]*\))/.exec(source)?.[1]
  return generator === undefined ? [] : listed(generator)
}

function listed(source: string): string[] {
  const single = /^(?:async\s+)?([\w$]+)\s*=>/.exec(source)
  if (single?.[1] !== undefined) return [single[1]]
  return split(source, openingOf(source))
    .map(text => text.trim())
    .map(text => (text.startsWith('{') || text.startsWith('[') ? text : text.replace(/[\s=][\s\S]*/, '')))
    .filter(Boolean)
}

/** Where the parameters begin. A method may have a computed name, which may hold anything. */
function openingOf(source: string): number {
  const name = /^(?:async\s+)?\*?\s*\[/.exec(source)
  return source.indexOf('(', name === null ? 0 : closingOf(source, name[0].length - 1))
}

function closingOf(source: string, opening: number): number {
  let at = opening
  for (const text of split(source, opening)) at += text.length + 1
  return at
}

/** What stands between the commas within the bracket at `opening`. */
function split(source: string, opening: number): string[] {
  const parts: string[] = []
  let depth = 0
  let start = opening + 1
  for (let i = opening; i < source.length && opening >= 0; i += 1) {
    const letter = source.charAt(i)
    if ('\'"`'.includes(letter)) i = quoteEnd(source, i)
    else if ('({['.includes(letter)) depth += 1
    else if (')}]'.includes(letter)) depth -= 1
    if (depth === 0 || (depth === 1 && letter === ',')) {
      parts.push(source.slice(start, i))
      start = i + 1
    }
    if (depth === 0) break
  }
  return parts
}

function quoteEnd(source: string, opening: number): number {
  for (let i = opening + 1; i < source.length; i += 1) {
    if (source[i] === '\\') i += 1
    else if (source[i] === source[opening]) return i
  }
  return source.length
}

function withoutComments(source: string): string {
  return source.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_all, quoted) => quoted ?? ' ',
  )
}
