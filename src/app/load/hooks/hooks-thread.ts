// The same hooks for Node before 22.15, which runs them in a thread of their own. Only `import` passes through here; `require`
// is served in the application's thread by commonjs.ts. No file imports this one: node:module does, by its URL.
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module'
import { pathToFileURL } from 'node:url'
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { commonJsFacade } from './commonjs-facade.ts'
import { moduleSource } from './module-source.ts'
import { createRegistry, type Notice, takeNotice } from './registry.ts'
import { filePath, findAhead, findInstead } from './specifiers.ts'

const registry = createRegistry()
let port: MessagePort | undefined

export const initialize: InitializeHook<MessagePort> = given => {
  port = given
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  takeNotices()
  if (registry.texts.has(specifier)) return { url: specifier, format: 'module', shortCircuit: true }
  const ahead = findAhead(specifier, context.parentURL, [...registry.include])
  if (ahead !== undefined) return next(pathToFileURL(ahead).href, context)
  try {
    return await next(specifier, context)
  } catch (error) {
    const instead = findInstead(specifier, context.parentURL, error)
    if (instead === undefined) throw error
    return next(pathToFileURL(instead).href, context)
  }
}

export const load: LoadHook = async (url, context, next) => {
  takeNotices()
  const before = registry.files.size
  const compiled = moduleSource(url, registry)
  if (registry.files.size > before) port?.postMessage(filePath(url))
  if (compiled === undefined) return next(url, context)
  const source = compiled.format === 'module' ? compiled.code : commonJsFacade(compiled.code)
  return { source, format: 'module', shortCircuit: true }
}

/** Posted before the import that needs them, so they have always arrived. */
function takeNotices(): void {
  if (port === undefined) return
  for (;;) {
    const received = receiveMessageOnPort(port) as { message: Notice } | undefined
    if (received === undefined) return
    takeNotice(registry, received.message)
  }
}
