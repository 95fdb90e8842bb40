// Questions to a program's text that need no parser. They only choose the compiler, so a wrong "yes" costs time and never sense.

/** Text that is not code, then what is asked for in the last group. */
const NOT_CODE = String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\`(?:\\.|[^\`\\])*\`|\/\/[^\n]*|\/\*[\s\S]*?\*\/`

/** Whether the text has decorators. No Node line runs them, and stripping types leaves them in place. */
export function hasDecorators(code: string): boolean {
  return code.includes('@') && hasCode(code, String.raw`(?<![\w$])@[\w$(]`)
}

/** Whether the text names the variables that only a CommonJS module has, and nothing that only an ES module has. */
export function expectsCommonJs(code: string): boolean {
  if (!/__dirname|__filename|require|module|exports/.test(code)) return false
  if (hasCode(code, String.raw`\bimport\s*\.\s*meta\b`)) return false
  // A program that makes its own `require` (or `__dirname`) knows that it is an ES module.
  if (/\bcreateRequire\b|\b(?:const|let|var)\s+(?:__dirname|__filename|require)\b/.test(code)) return false
  return hasCode(
    code,
    String.raw`(?<![\w$.])(?:__dirname\b|__filename\b|require\s*[.(]|module\s*\.\s*exports\b|exports\s*\.\s*[\w$]+\s*=)`,
  )
}

/**
 * Whether a name is imported and never used in the code that is left without types: it was a type, imported without saying so.
 * TypeScript drops such imports; Node would look for a value that is not there.
 */
export function importsTypesUnmarked(code: string): boolean {
  const names = importedNames(code)
  if (names.length === 0) return false
  const uncommented = code.replace(new RegExp(NOT_CODE, 'g'), text => (text.startsWith('/') ? ' ' : text))
  return names.some(name => countOf(uncommented, name) < 2)
}

function hasCode(code: string, wanted: string): boolean {
  const scan = new RegExp(`${NOT_CODE}|(${wanted})`, 'g')
  for (const match of code.matchAll(scan)) if (match[1] !== undefined) return true
  return false
}

function importedNames(code: string): string[] {
  const names: string[] = []
  for (const [, clause = ''] of code.matchAll(/^[ \t]*import\s+([\w$*{][^'"();]*?)\s*from\s*['"]/gm)) {
    for (const part of clause.split(/[{},]/)) {
      const name = /([\p{ID_Continue}$]+)\s*$/u.exec(part)?.[1]
      if (name !== undefined) names.push(name)
    }
  }
  return names
}

function countOf(code: string, name: string): number {
  const uses = code.match(
    new RegExp(String.raw`(?<![\p{ID_Continue}$])${name.replace(/\$/g, String.raw`\$`)}(?![\p{ID_Continue}$])`, 'gu'),
  )
  return uses?.length ?? 0
}
