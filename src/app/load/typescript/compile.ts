// From a TypeScript or JSX file to JavaScript, and to the kind of module that it is.
import { readFileSync } from 'node:fs'
import { dirname, extname } from 'node:path'
import { Script } from 'node:vm'
import { isInstalled } from '../file-kinds.ts'
import { packageType } from '../package-type.ts'
import { stripTypes } from './strip.ts'
import { expectsCommonJs } from './syntax.ts'
import { transformSource } from './transform.ts'
import { type Compiled, cached } from './transform-cache.ts'
import { type JsxSettings, tsConfigFor } from './tsconfig.ts'

/** JavaScript for the file. Lines stay where they are. Throws a SyntaxError that names the place. */
export function compileFile(file: string): Compiled {
  const source = readFileSync(file, 'utf8')
  const declared = declaredFormat(file)
  const jsx = jsxSettingsFor(file)
  return cached(file, source, [declared, jsx], () => compileSource(source, file, declared, jsx))
}

/** JavaScript for text that stands in no file, always an ES module; `name` is what its errors show. */
export function compileText(source: string, name: string): string {
  return stripTypes(source) ?? transformSource(source, { file: name, format: 'module', jsx: undefined })
}

function compileSource(
  source: string,
  file: string,
  declared: Compiled['format'] | undefined,
  jsx: JsxSettings | undefined,
): Compiled {
  const stripped = jsx === undefined ? stripTypes(source) : undefined
  const code = stripped ?? transformSource(source, { file, format: 'module', jsx })
  if (declared === 'module') return { code, format: 'module' }
  if (runsAsCommonJs(code)) return { code, format: 'commonjs' }
  // As tsc writes it: `import` in a .cts file or in a CommonJS package is a `require`. Where no package.json says what the file is,
  // its imports make it an ES module, unless it leans on what only CommonJS has.
  const isCommonJs = declared === 'commonjs' || expectsCommonJs(code)
  return isCommonJs
    ? { code: transformSource(source, { file, format: 'commonjs', jsx }), format: 'commonjs' }
    : { code, format: 'module' }
}

function declaredFormat(file: string): Compiled['format'] | undefined {
  const extension = extname(file)
  if (extension === '.mts') return 'module'
  if (extension === '.cts') return 'commonjs'
  return packageType(dirname(file))
}

function jsxSettingsFor(file: string): JsxSettings | undefined {
  if (!/\.[jt]sx$/.test(file)) return undefined
  return isInstalled(file) ? { runtime: 'automatic' } : tsConfigFor(dirname(file)).jsx
}

function runsAsCommonJs(code: string): boolean {
  try {
    // Only parsed, never run: `import`, `export` and top-level `await` do not fit into a function.
    new Script(`(function (exports, require, module, __filename, __dirname) {${code.replace(/^#!/, '//')}\n})`)
    return true
  } catch {
    return false
  }
}
