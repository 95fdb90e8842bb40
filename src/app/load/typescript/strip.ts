// Node's own type stripping: types become blanks, so every line and column stays where it was.
import * as nodeModule from 'node:module'
import { hasDecorators, importsTypesUnmarked } from './syntax.ts'

/** `code` without its types; undefined when this Node cannot do it, or when the text needs more than taking away. */
export function stripTypes(code: string): string | undefined {
  const strip = nodeModule.stripTypeScriptTypes as typeof nodeModule.stripTypeScriptTypes | undefined
  if (strip === undefined) return undefined
  try {
    const stripped = quietly(() => strip(code, { mode: 'strip' }))
    return hasDecorators(stripped) || importsTypesUnmarked(stripped) ? undefined : stripped
  } catch {
    // Enums, parameter properties, namespaces: the full compiler takes them. A real error is refused there too, with its place.
    return undefined
  }
}

/** Node calls the function experimental on every line that has it; who only runs an app did not choose it. */
function quietly<T>(action: () => T): T {
  const emitWarning = process.emitWarning
  process.emitWarning = () => {}
  try {
    return action()
  } finally {
    process.emitWarning = emitWarning
  }
}
