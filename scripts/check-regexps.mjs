// Regular expressions in src/ take linear time, whatever they are given: one that backtracks lets a client stop a worker with a few
// kilobytes. Those that only read what the operator or the application wrote may be listed here, with a reason.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source code as it is written
import { parseAst } from 'rolldown/parseAst'
import { filesBelow, lineAt, report, textOf } from './files.mjs'
import { superLinear } from './regexp-cost.mjs'

/** File -> why its expressions may stay -> these, as they are written. */
const ALLOWED = {
  'src/app/load/evaluate.ts': {
    'the code of -e, once': [String.raw`/^(?:\s*import\s(?:[^'"]*?\sfrom\s*)?['"][^'"\n]*['"]\s*(?:;|\n|$))+/`],
  },
  'src/app/load/locate-error.ts': {
    'source files of the application, after a failed start': [
      String.raw`/(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"](\.{1,2}\/[^'"\n]+)['"]/g`,
    ],
  },
  'src/app/load/parameters.ts': {
    'the source of one function of the application, once': [
      String.raw`/\[([^\]]*)\]\s*=\s*([\w$]+)/g`,
      String.raw`/function\s*\*\s*[\w$]*\s*(\([^)]*\))/`,
      String.raw`/^(?:async\s+)?\*?\s*\[/`,
      String.raw`/("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g`,
    ],
  },
  'src/app/load/typescript/syntax.ts': {
    'source files of the application, when they are loaded': [
      "new RegExp(NOT_CODE, 'g')",
      "new RegExp(`${NOT_CODE}|(${wanted})`, 'g')",
      String.raw`/^[ \t]*import\s+([\w$*{][^'"();]*?)\s*from\s*['"]/gm`,
      String.raw`/([\p{ID_Continue}$]+)\s*$/u`,
      "new RegExp(String.raw`(?<![\\p{ID_Continue}$])${name.replace(/\\$/g, String.raw`\\$`)}(?![\\p{ID_Continue}$])`, 'gu')",
    ],
  },
  'src/app/load/typescript/tsconfig.ts': {
    'the tsconfig.json of the application, once': [
      String.raw`/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g`,
      String.raw`/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g`,
    ],
  },
  'src/config/perl.ts': {
    'the code of -e, once': [
      String.raw`/(?:^|[^\w$.])(?:sub\s*\{|my\s*[$@%(]|use\s+[A-Z]\w*|qw\s*[(/[{]|enable\s*['"]|mount\s*['"])|->|\b\w+::\w/`,
    ],
  },
}

/** What the judgement must say, asked before each run. */
const KNOWN = {
  linear: [
    /^[ \t]+/,
    /[ \t]+/g,
    /^[0-9]+$/,
    /:\d*$/,
    /^(.*)=(\d+)$/,
    /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/,
    /%(?![0-9A-Fa-f]{2})|%00/,
    /^([^:\r\n\u2028\u2029]+): ?(.*?)\r$/gm,
    /^(?:a?){2,}b/,
    /^(?:a?)*b/,
    /[0-9]{1,15}x/,
    /^(?:a|b)*c/,
    /"[^"]*/g,
    /[ \t]+$/y,
  ],
  polynomial: [
    /[ \t]+$/,
    /^[ \t]+|[ \t]+$/g,
    /a?b?\s+$/,
    /x*y/,
    /\/\*[\s\S]*?\*\//,
    /"(?:\\.|[^"\\])*"/,
    /\n\s*\n/,
    /^a*a*$/,
    /^\s*\|\s*(.+)x$/,
    /^(?=a*b)a*a*c/,
    /(?:ab)+$/,
    /^(.*),(.*)$/,
    /\d+(?=x)/,
    /\s+$/m,
    /^x(?:a*a*b)?/,
    /^([^:\r\n]+): ?(.*?)\r$/gm,
  ],
  exponential: [/^(a*)*$/, /^(a|a)*$/, /^(?:\w+\s?)*$/, /^(a|ab|b)*$/, /^(?:a*b?)*c/],
}

const offences = Object.entries(KNOWN).flatMap(([cost, expressions]) => expressions.flatMap(wrong(cost)))
const used = new Set()
for (const file of [...filesBelow('src', '.ts'), ...filesBelow('bin', '.js')]) offences.push(...offencesOf(file))
for (const file of Object.keys(ALLOWED)) {
  for (const text of allowedIn(file)) {
    if (!used.has(`${file} ${text}`)) offences.push(`${file}: ${text} is allowed, but it need not be`)
  }
}
report('Regular expressions that may take more than linear time (scripts/check-regexps.mjs)', offences)

function allowedIn(file) {
  return Object.values(ALLOWED[file] ?? {}).flat()
}

function wrong(cost) {
  return ({ source, flags }) => {
    const found = superLinear(source, flags) ?? 'linear'
    return found === cost ? [] : [`scripts/regexp-cost.mjs: /${source}/${flags} is ${cost}, and is called ${found}`]
  }
}

function offencesOf(file) {
  const source = textOf(file)
  const tree = parseAst(source, { lang: file.endsWith('.ts') ? 'ts' : 'js' })
  return [...expressionsOf(tree)].flatMap(node => {
    const mistake = mistakeOf(node)
    if (mistake === undefined) return []
    const text = source.slice(node.start, node.end)
    used.add(`${file} ${text}`)
    return allowedIn(file).includes(text) ? [] : [`${file}:${lineAt(source, node.start)}: ${text} ${mistake}`]
  })
}

/** The literals, and the calls of RegExp. */
function* expressionsOf(node) {
  if (node.regex !== undefined && node.type === 'Literal') yield node
  const isCall = node.type === 'NewExpression' || node.type === 'CallExpression'
  if (isCall && node.callee.name === 'RegExp') yield node
  for (const value of Object.values(node)) {
    for (const child of [value].flat()) if (typeof child?.type === 'string') yield* expressionsOf(child)
  }
}

function mistakeOf(node) {
  if (node.regex === undefined) return 'is made while the program runs'
  try {
    const cost = superLinear(node.regex.pattern, node.regex.flags)
    return cost && `takes ${cost} time`
  } catch (error) {
    return error.message
  }
}
