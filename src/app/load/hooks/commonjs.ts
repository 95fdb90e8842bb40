// `require` of TypeScript for Node before 22.15, where module hooks do not see it: the extension table and the resolver of
// node:module, which every loader of those lines extends.
import Module from 'node:module'
import { pathToFileURL } from 'node:url'
import { isInstalled } from '../file-kinds.ts'
import { compileFile } from '../typescript/compile.ts'
import type { Registry } from './registry.ts'
import { findAhead, findInstead } from './specifiers.ts'

interface LoadingModule {
  readonly filename?: string
  _compile(code: string, file: string, format?: 'module' | 'commonjs'): unknown
}

interface Internals {
  readonly _extensions: Record<string, (module: LoadingModule, file: string) => void>
  _resolveFilename(request: string, parent: LoadingModule | undefined, isMain?: boolean, options?: unknown): string
}

/** Makes `require` find and compile TypeScript for the life of the process. */
export function installRequireHooks(registry: Registry): void {
  const internals = Module as unknown as Internals
  for (const extension of ['.ts', '.cts', '.mts', '.tsx', '.jsx']) {
    internals._extensions[extension] = (module, file) => {
      if (!isInstalled(file)) registry.files.add(file)
      const compiled = compileFile(file)
      module._compile(compiled.code, file, compiled.format)
    }
  }
  const resolveFilename = internals._resolveFilename.bind(internals)
  internals._resolveFilename = (request, parent, isMain, options) => {
    const from = parent?.filename === undefined ? undefined : pathToFileURL(parent.filename).href
    const ahead = findAhead(request, from, [...registry.include])
    try {
      return resolveFilename(ahead ?? request, parent, isMain, options)
    } catch (error) {
      const instead = findInstead(request, from, error)
      if (instead === undefined) throw error
      return instead
    }
  }
}
