// Files of at most 300 lines, functions of at most 40: what does not fit has more than one idea in it. A longer one says
// why, in a comment with the words `long because`: near the top of the file, or right above or inside the function.
import { codeOf, filesBelow, lineAt, report, textOf } from './files.mjs'

const FILE_LINES = 300
const FUNCTION_LINES = 40
/** Folders that are tables by nature, such as the test cases; their functions are callbacks of tests. */
const FILES_ONLY = ['test', 'fuzz', 'bench', 'ecosystem', 'mutation', 'scripts', 'examples']

const REASON = /(?:\/\/|\*).*\blong because \S/i
const CONTROL = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await'])

const offences = [
  ...['src', ...FILES_ONLY]
    .flatMap(folder => [...filesBelow(folder, '.ts'), ...filesBelow(folder, '.mjs')])
    .flatMap(longFile),
  ...filesBelow('src', '.ts').flatMap(longFunctions),
]
report('Longer than the house limits (scripts/check-size.mjs)', offences)

function longFile(file) {
  const lines = textOf(file).trimEnd().split('\n')
  if (lines.length <= FILE_LINES || REASON.test(lines.slice(0, 20).join('\n'))) return []
  return [`${file}: ${lines.length} lines, at most ${FILE_LINES} without a comment "long because"`]
}

function longFunctions(file) {
  const source = textOf(file)
  const code = codeOf(source)
  const partner = bracketPairs(code)
  const offences = []
  for (const [open, close] of partner) {
    if (code[open] !== '{' || close < open) continue
    const start = functionStart(code, open, partner)
    if (start === undefined) continue
    const [first, last] = [lineAt(code, start), lineAt(code, close)]
    if (last - first + 1 <= FUNCTION_LINES) continue
    const around = source
      .split('\n')
      .slice(Math.max(0, first - 8), last)
      .join('\n')
    if (!REASON.test(around))
      offences.push(`${file}:${first}: a function of ${last - first + 1} lines, at most ${FUNCTION_LINES}`)
  }
  return offences
}

/** Position of each bracket -> position of its partner, both ways. */
function bracketPairs(code) {
  const pairs = new Map()
  const open = []
  for (let at = 0; at < code.length; at++) {
    if ('([{'.includes(code[at])) open.push(at)
    if (!')]}'.includes(code[at]) || open.length === 0) continue
    const start = open.pop()
    pairs.set(start, at)
    pairs.set(at, start)
  }
  return pairs
}

/** Where the function begins whose body opens at `open`; undefined when that brace opens something else. */
function functionStart(code, open, partner) {
  let at = code.slice(0, open).trimEnd().length - 1
  if (code.slice(at - 1, at + 1) === '=>') return at
  if (code[at] !== ')') at = parametersBefore(code, at, partner)
  if (at === undefined) return undefined
  const parameters = partner.get(at)
  const word = /([\w$]+)\s*(?:<[^()]*>)?\s*$/.exec(code.slice(0, parameters))?.[1]
  return word === undefined || CONTROL.has(word) ? undefined : parameters
}

/** Walks back over a return type; gives the closing parenthesis of the parameters in front of its colon. */
function parametersBefore(code, from, partner) {
  for (let at = from; at >= 0; at--) {
    const character = code[at]
    if (')]}'.includes(character)) at = partner.get(at) ?? -1
    else if (';({['.includes(character) || (character === '=' && code[at + 1] !== '>')) return undefined
    else if (character === ':') {
      const before = code.slice(0, at).trimEnd().length - 1
      return code[before] === ')' && isType(code.slice(at + 1, from + 1)) ? before : undefined
    }
  }
  return undefined
}

/** What stands between the parameters and the body is a type, not the rest of another statement. */
function isType(text) {
  return text.trim() !== '' && !/\b(?:class|interface|export|const|let|return|static|get|set|async)\b/.test(text)
}
