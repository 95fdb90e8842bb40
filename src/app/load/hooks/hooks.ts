// Teaches this process to load TypeScript, once, in the way that its Node offers.
import Module, * as nodeModule from 'node:module'
import { extname } from 'node:path'
import type { MessagePort } from 'node:worker_threads'
import { isInstalled } from '../file-kinds.ts'
import { installRequireHooks } from './commonjs.ts'
import { installSyncHooks } from './hooks-sync.ts'
import { createRegistry, type Notice, takeNotice } from './registry.ts'

const registry = createRegistry()
let state: 'none' | 'same-thread' | 'own-thread' = 'none'
let port: MessagePort | undefined

/** Whether hooks cost next to nothing here. On older lines they are a second thread (30 ms, 12 MB), so only who needs them pays. */
export const hooksAreCheap: boolean = typeof nodeModule.registerHooks === 'function'

/** Installs the hooks if they are not there yet; they stay for the life of the process. */
export function installHooks(): void {
  if (state !== 'none') return
  if (hooksAreCheap) {
    state = 'same-thread'
    installSyncHooks(nodeModule.registerHooks, registry)
    return
  }
  state = 'own-thread'
  const channel = new MessageChannel()
  port = channel.port1
  port.unref()
  // The file beside this one, under whichever extension it was built to.
  const thread = new URL(`./hooks-thread${extname(import.meta.url)}`, import.meta.url)
  nodeModule.register(thread, { data: channel.port2, transferList: [channel.port2] })
  installRequireHooks(registry)
}

/** Searches `directory` for bare specifiers before node_modules, in every import from now on. */
export function includeDirectory(directory: string): void {
  tell({ include: directory })
}

/** Makes `import(url)` give the module with this JavaScript text. */
export function provideText(url: string, text: string): void {
  tell({ url, text })
}

/**
 * The files that the application has loaded so far, as absolute paths, those of installed packages left out. Without hooks
 * (plain JavaScript on Node before 22.15) only those that were loaded with `require`, and what the caller adds.
 */
export function loadedFiles(): string[] {
  takeReports()
  const required = Object.keys((Module as unknown as { readonly _cache: object })._cache)
  return [...new Set([...registry.files, ...required.filter(file => !isInstalled(file))])]
}

/** Adds a file that was loaded without the hooks seeing it. */
export function recordFile(file: string): void {
  registry.files.add(file)
}

function tell(notice: Notice): void {
  takeNotice(registry, notice)
  port?.postMessage(notice)
}

function takeReports(): void {
  if (port === undefined) return
  // Not imported above: newer lines never need it, and it costs each worker two megabytes.
  const { receiveMessageOnPort } = process.getBuiltinModule('node:worker_threads')
  for (;;) {
    const received = receiveMessageOnPort(port) as { message: string } | undefined
    if (received === undefined) return
    registry.files.add(received.message)
  }
}
