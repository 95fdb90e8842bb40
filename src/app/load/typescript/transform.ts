// The full compiler for what stripping cannot do: Node 20, enums, parameter properties, namespaces, decorators, JSX.
// It is jiti's (Babel inside). Nothing here runs, and nothing of it is read from disk, until a file needs it.
import { createRequire } from 'node:module'
import type { JitiOptions } from 'jiti'
import { fieldFixes } from './decorated-fields.ts'
import type { JsxSettings } from './tsconfig.ts'

export interface TransformOptions {
  readonly file: string
  /** `module` leaves imports, exports and `import.meta` as they are; `commonjs` writes them out as `require` and `exports`. */
  readonly format: 'module' | 'commonjs'
  /** Set for .tsx and .jsx. */
  readonly jsx: JsxSettings | undefined
}

type Babel = NonNullable<JitiOptions['transform']>

/** The compiler always writes CommonJS unless these of its plugins are kept from seeing the program. */
const MODULE_PLUGINS = new Set(['transform-modules-commonjs', 'import-meta-paths', 'import-meta-resolve'])

let babel: Babel | undefined

/** Compiles to JavaScript whose statements stand on the lines of the source. Throws a SyntaxError that names the place. */
export function transformSource(source: string, options: TransformOptions): string {
  const result = loadBabel()({
    source,
    filename: options.file,
    ts: !/\.(?:[cm]?js|jsx)$/.test(options.file),
    retainLines: true,
    async: options.format === 'module',
    interopDefault: true,
    ...(options.jsx && { jsx: { ...options.jsx } }),
    babel: {
      plugins: [fieldFixes],
      ...(options.format === 'module' && { wrapPluginVisitorMethod: withoutModulePlugins }),
    },
  })
  if (result.error !== undefined) throw syntaxError(result.error, source, options.file)
  return result.code
}

function loadBabel(): Babel {
  if (babel !== undefined) return babel
  const { createJiti } = createRequire(import.meta.url)('jiti') as typeof import('jiti')
  // Its own cache is a directory under /tmp that any user of the machine could have filled; ours is in transform-cache.
  const transform = createJiti(import.meta.url, { fsCache: false }).options.transform
  if (transform === undefined) throw new Error('Cannot compile TypeScript: this version of jiti gives no compiler')
  babel = transform
  return babel
}

function withoutModulePlugins<T>(plugin: string, _moment: string, visit: T): T | (() => void) {
  return MODULE_PLUGINS.has(plugin) ? () => {} : visit
}

interface BabelError {
  readonly message: string
  readonly loc?: { readonly line: number; readonly column: number }
}

function syntaxError(error: BabelError, source: string, file: string): SyntaxError {
  const text = error.message
    .replace(/^\/: /, '')
    .replace(/\(\d+:\d+\)[\s\S]*/, '')
    .trim()
  if (error.loc === undefined) {
    const unplaced = new SyntaxError(text, { cause: error })
    unplaced.stack = `${file}\n\nSyntaxError: ${text}`
    return unplaced
  }
  // Without its cause: a hundred lines of the compiler's own stack hide the three that matter.
  const located = new SyntaxError(text)
  const { line, column } = error.loc
  const shown = source.split('\n')[line - 1] ?? ''
  // The shape in which Node shows a SyntaxError of its own.
  located.stack = `${file}:${line}\n${shown}\n${' '.repeat(column)}^\n\nSyntaxError: ${text}\n    at ${file}:${line}:${column + 1}`
  return located
}
