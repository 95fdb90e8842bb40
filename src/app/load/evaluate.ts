// `-e CODE`: a module on the command line. It has no file; its imports are found from the working directory.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compileText } from './typescript/compile.ts'
import { cached } from './typescript/transform-cache.ts'

/** What errors and `import.meta.url` show. */
const NAME = '[-e]'

const LEADING_IMPORTS = /^(?:\s*import\s(?:[^'"]*?\sfrom\s*)?['"][^'"\n]*['"]\s*(?:;|\n|$))+/

/**
 * JavaScript for the code. With `export default` it is a module as it stands; otherwise the value is that of the expression,
 * which may follow imports: `import { Hono } from "hono"; new Hono()`. Statements without a value give a module without exports.
 */
export function evaluatedModule(code: string): string {
  return cached(NAME, code, [], () => ({ code: compileCode(code), format: 'module' })).code
}

/** The URL of a module that lies in `cwd` without being there. */
export function urlWithin(cwd: string, name: string = NAME): string {
  return pathToFileURL(join(cwd, name)).href
}

function compileCode(code: string): string {
  if (/\bexport\b/.test(code)) return compileText(code, NAME)
  const imports = LEADING_IMPORTS.exec(code)?.[0] ?? ''
  let rest = code.slice(imports.length).trim()
  while (rest.endsWith(';')) rest = rest.slice(0, -1)
  const expression = rest === '' ? undefined : compileExpression(imports, rest)
  return expression ?? compileText(code, NAME)
}

function compileExpression(imports: string, rest: string): string | undefined {
  try {
    // On one line with what precedes, so that line numbers are those of the command line.
    return compileText(`${imports}export default (${rest}\n)`, NAME)
  } catch {
    // Not an expression, or wrong as one: compiled as statements, it gets the error message that is due.
    return undefined
  }
}
