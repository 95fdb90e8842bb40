// What a module's URL stands for, if it is for us to say: text without a file, or a file that must be compiled.

import { isCompiled, isInstalled } from '../file-kinds.ts'
import { compileFile } from '../typescript/compile.ts'
import type { Compiled } from '../typescript/transform-cache.ts'
import type { Registry } from './registry.ts'
import { filePath } from './specifiers.ts'

/** The module's JavaScript; undefined when Node can load it alone. Records the file for those who watch it. */
export function moduleSource(url: string, registry: Registry): Compiled | undefined {
  const text = registry.texts.get(url)
  if (text !== undefined) return { code: text, format: 'module' }
  const file = filePath(url)
  if (file === undefined) return undefined
  if (!isInstalled(file)) registry.files.add(file)
  return isCompiled(file) ? compileFile(file) : undefined
}
