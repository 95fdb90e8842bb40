// Which of a module's exports is the application.

export interface Chosen {
  /** 'default', 'app', 'handler', 'fetch', 'module.exports', or '-e'. */
  readonly name: string
  readonly value: unknown
}

type Exports = Readonly<Record<string, unknown>>

const NAMES: readonly string[] = ['default', 'app', 'handler', 'fetch']

/**
 * The application among the exports of a module, or undefined when no name fits. CommonJS modules arrive as one default
 * export; compiled ones (`__esModule`) and plain bags of exports (`module.exports = { app }`) are looked into.
 */
export function chooseExport(exports: Exports, depth: number = 0): Chosen | undefined {
  const inner = exports['default']
  // Compilers and loaders wrap one default export in another; more than three of them is a circle.
  if (isBag(inner) && depth < 3) {
    const chosen = chooseExport(inner, depth + 1)
    if (chosen !== undefined) return chosen
  }
  return chooseByName(exports)
}

/** The names that the module does export, for the message that nothing fits. */
export function exportNames(exports: Exports): string[] {
  const inner = exports['default']
  const names = isBag(inner) ? Object.keys(inner) : Object.keys(exports)
  return names.filter(name => name !== '__esModule' && name !== 'module.exports')
}

function chooseByName(exports: Exports): Chosen | undefined {
  const name = NAMES.find(candidate => exports[candidate] !== undefined && exports[candidate] !== null)
  return name === undefined ? undefined : { name, value: exports[name] }
}

/** Whether a default export only holds the real exports. An object with `fetch` is an application itself. */
function isBag(value: unknown): value is Exports {
  if (typeof value !== 'object' || value === null) return false
  const exports = value as Exports
  if (exports['__esModule'] === true) return true
  const isPlain = Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null
  return isPlain && typeof exports['fetch'] !== 'function'
}
