// One loaded application behind its listeners, in this process. A worker has one, and so has a server without workers.

import type { Handler } from '../app/handler.ts'
import { enableCompileCache, flushCompileCache } from '../app/load/compile-cache.ts'
import { loadApp, loadedFiles } from '../app/load.ts'
import type { Config } from '../config/config.ts'
import { EXIT } from '../config/exit-codes.ts'
import { ConfigMistake } from '../config/mistakes.ts'
import type { Log } from '../log/log.ts'
import { createServer, type Server, type ServerStats } from '../server/server.ts'
import type { AccessRecorder } from './access-recorder.ts'
import { BackgroundWork } from './background.ts'
import { loadErrorHandler } from './load-error-handler.ts'
import type { InheritedListener } from './messages.ts'
import { appContextOf, serverSettingsOf } from './settings.ts'

export interface SiteOptions {
  readonly config: Config
  readonly listeners: readonly InheritedListener[]
  readonly log: Log
  readonly access: AccessRecorder | undefined
  /** An app that cannot be loaded becomes a page that shows why. */
  readonly showsLoadErrors: boolean
  /** The app asked that this process is replaced (harakiri). */
  onRetire(): void
}

export class Site {
  readonly #server: Server
  readonly #background: BackgroundWork
  /** What the app was loaded from, as far as known. */
  readonly files: readonly string[]

  private constructor(server: Server, background: BackgroundWork, files: readonly string[]) {
    this.#server = server
    this.#background = background
    this.files = files
  }

  /** Loads the app and listens. Rejects with ConfigMistake (EXIT.appLoad, EXIT.bind) or the app's own error. */
  static async open(options: SiteOptions): Promise<Site> {
    const { config, log, access } = options
    const background = new BackgroundWork(log)
    const { handler, files } = await load(options, background)
    const server = createServer({
      settings: serverSettingsOf(config),
      handler,
      log,
      onRetire: () => options.onRetire(),
      ...(access === undefined ? {} : { onAnswered: access.record }),
    })
    const { backlog } = config
    for (const { address, fd, tls } of options.listeners) {
      await server.listen(address, {
        fd,
        ...(backlog === undefined ? {} : { backlog }),
        ...(tls === undefined ? {} : { tls }),
      })
    }
    return new Site(server, background, files)
  }

  get stats(): ServerStats {
    return this.#server.stats
  }

  afterRequests(count: number, spent: () => void): void {
    this.#server.afterRequests(count, spent)
  }

  /** Lets clients and background work come to their end, at most for `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    const startedAt = performance.now()
    await this.#server.drain(graceMs)
    await this.#background.finished(Math.max(0, graceMs - (performance.now() - startedAt)))
  }

  /** Cuts everything at once. */
  close(): Promise<void> {
    return this.#server.close()
  }
}

async function load(
  { config, log, showsLoadErrors }: SiteOptions,
  background: BackgroundWork,
): Promise<{ handler: Handler; files: readonly string[] }> {
  const context = appContextOf(config, log, background.add)
  const { app, evaluate, interface: kind, module, include, defaultMiddleware } = config
  const given = {
    ...(app === undefined ? {} : { app }),
    ...(evaluate === undefined ? {} : { evaluate }),
    ...(kind === undefined ? {} : { interface: kind }),
  }
  try {
    const spec = { ...given, module, include, cwd: process.cwd(), defaultMiddleware }
    enableCompileCache()
    const { handler, file } = await loadApp(spec, context)
    flushCompileCache()
    return { handler, files: file === undefined ? loadedFiles() : [file, ...loadedFiles()] }
  } catch (error) {
    if (showsLoadErrors) {
      log.error('Cannot load the application: every request is answered with its error until it is mended', error)
      return { handler: loadErrorHandler(error), files: loadedFiles() }
    }
    if (error instanceof ConfigMistake) throw error
    throw new ConfigMistake('Cannot load the application', EXIT.appLoad, { cause: error })
  }
}
