// Hooks in the thread of the application itself (Node 22.15 and 23.5 on): they see `import` and `require` alike.
import type { registerHooks as RegisterHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { commonJsFacade } from './commonjs-facade.ts'
import { moduleSource } from './module-source.ts'
import type { Registry } from './registry.ts'
import { findAhead, findInstead } from './specifiers.ts'

/** Installs the hooks for the life of the process: an application may import at any time. */
export function installSyncHooks(registerHooks: typeof RegisterHooks, registry: Registry): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (registry.texts.has(specifier)) return { url: specifier, format: 'module', shortCircuit: true }
      const ahead = findAhead(specifier, context.parentURL, [...registry.include])
      if (ahead !== undefined) return next(nameFor(ahead, context.conditions), context)
      try {
        return next(specifier, context)
      } catch (error) {
        const instead = findInstead(specifier, context.parentURL, error)
        if (instead === undefined) throw error
        return next(nameFor(instead, context.conditions), context)
      }
    },
    load(url, context, next) {
      const compiled = moduleSource(url, registry)
      if (compiled === undefined) return next(url, context)
      if (compiled.format === 'module' || context.conditions.includes('require')) {
        return { source: compiled.code, format: compiled.format, shortCircuit: true }
      }
      return { source: commonJsFacade(compiled.code), format: 'module', shortCircuit: true }
    },
  })
}

/** `require` wants a path where `import` wants a URL. */
function nameFor(file: string, conditions: readonly string[]): string {
  return conditions.includes('require') ? file : pathToFileURL(file).href
}
