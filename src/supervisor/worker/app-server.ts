// One loaded application behind its listeners, in this process. A worker has one, and so has a server without workers.

import type { Socket } from 'node:net'
import type { Server as TlsServer } from 'node:tls'
import { enableCompileCache, flushCompileCache } from '../../app/load/compile-cache.ts'
import {
  type Adoption,
  type GivenSocket,
  type LoadedApp,
  loadApp,
  loadedFiles,
  type Step,
} from '../../app/load/load-app.ts'
import type { Config } from '../../config/config.ts'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import type { Log } from '../../log/log.ts'
import type { Shortage } from '../../server/descriptors.ts'
import { createServer, type ListenOptions, type Server, type ServerStats } from '../../server/http-server.ts'
import type { TlsMaterial } from '../../server/tls-files.ts'
import type { AskedPlace, InheritedListener } from '../ipc/messages.ts'
import { appContextOf, loadSpecOf, serverSettingsOf } from '../state/config-mapping.ts'
import type { AccessLogWriter } from './access-log-writer.ts'
import { type AdoptionSite, adoptionFor } from './adoption.ts'
import type { EndStep } from './application-end.ts'
import { BackgroundTasks } from './background-tasks.ts'
import { loadErrorHandler } from './load-error-handler.ts'
import { OwnServerSettings } from './own-server.ts'

/** A listener that was bound when the application was there: by a descriptor, or by a handle that its master sent. */
export type LateListener = Pick<InheritedListener, 'address' | 'host' | 'tls' | 'isForeign'> & {
  readonly fd?: number | undefined
  readonly handle?: object | undefined
}

export interface AppServerOptions {
  readonly config: Config
  /** None: one is asked for. */
  readonly listeners: readonly InheritedListener[]
  /** Called once where there is no listener. */
  askListener(place: AskedPlace): Promise<LateListener>
  /** Gives a further server of the application the socket that all workers share; undefined where there is only this one. */
  askSocket?(place: AskedPlace): Promise<GivenSocket>
  readonly log: Log
  readonly access: AccessLogWriter | undefined
  /** An app that cannot be loaded becomes a page that shows why. */
  readonly showsLoadErrors: boolean
  /** How many Perl children a Perl application gets here; default: --workers. */
  readonly children?: number | undefined
  /** How many descriptors there may be, and what follows when they are used up. */
  readonly shortage: Shortage
  /** The app is loaded, nothing is accepted yet. */
  beforeListening?(): void
  /** The app asked that this process is replaced (harakiri). */
  onRetire(): void
  /** The app has closed the server that it is served as: it wants to end. */
  onAppClosing(): void
}

export class AppServer {
  readonly #server: Server
  readonly #background: BackgroundTasks
  readonly #perl: LoadedApp['perl']
  /** What the app was loaded from, as far as known. */
  readonly files: readonly string[]
  /** What it is taken for and why, when it could be of another kind. */
  readonly guess: string | undefined
  /** What to tell of an application that listens by itself. */
  readonly notice: LoadedApp['notice']
  readonly #endings: readonly Step[]
  readonly #adoption: Adoption | undefined

  private constructor(server: Server, background: BackgroundTasks, load: WorkerLoad) {
    const { perl, files, guess, notice } = load
    this.notice = notice
    this.#endings = endingsOf(load)
    this.#adoption = load.adoption
    this.#server = server
    this.#background = background
    this.#perl = perl
    this.files = files
    this.guess = guess
  }

  /** Loads the app and listens. Rejects with ConfigError (EXIT.appLoad, EXIT.bind) or the app's own error. */
  static async open(options: AppServerOptions): Promise<AppServer> {
    const { config, log, access, shortage } = options
    const background = new BackgroundTasks(log)
    let server: Server | undefined
    const connections = (): number => server?.stats.connections ?? 0
    const ask = options.listeners.length > 0 ? undefined : askOnce(options)
    const own = new OwnServerSettings(config)
    const loaded = await load(options, background, { connections, ask, own })
    server = createServer({
      settings: { ...serverSettingsOf(config), ...own.limits },
      handler: loaded.handler,
      log,
      shortage,
      onRetire: () => options.onRetire(),
      isMetered: config.admin !== undefined,
      ...(access === undefined ? {} : { onAnswered: access.record, onRefused: access.record }),
    })
    own.follow(server)
    const listener = await ask?.(ANYWHERE)
    // No turn of the event loop lies between this and the listeners of descriptors.
    options.beforeListening?.()
    await listen(server, listener, options, own.handshakes)
    return new AppServer(server, background, { ...loaded, notice: own.noticeFor(loaded.notice) })
  }

  /** What the application is to be told when everything is answered, in this order. `ofProcess`: what it is told as a process. */
  endings(ofProcess: readonly EndStep[]): EndStep[] {
    const last: Step = { name: 'further servers', run: () => this.#adoption?.endFurther() }
    return [...this.#endings, ...ofProcess, last]
  }

  get stats(): ServerStats {
    return this.#server.stats
  }

  /** A connection that the master has accepted. */
  take(listener: number, socket: Socket): void {
    this.#server.take(listener, socket)
  }

  pause(): void {
    this.#server.pause()
  }

  resume(listener: number, handle: object): void {
    this.#server.resume(listener, handle)
  }

  /** Serves handshakes with these keys and certificates from now on. */
  renewTls(materials: readonly TlsMaterial[]): void {
    this.#server.renewTls(materials)
  }

  /** To be called once a second. */
  lookAround(): void {
    this.#server.lookAround()
  }

  presentRequests(): string[] {
    return this.#server.presentRequests()
  }

  /** Changes the number of Perl children; false when there are none. */
  scale(children: number): boolean {
    this.#perl?.scale(children)
    return this.#perl !== undefined
  }

  /** Replaces every Perl child by a new one; false when there are none. */
  renew(): boolean {
    this.#perl?.renew()
    return this.#perl !== undefined
  }

  /** Requests are answered from now on. */
  tellServing(): void {
    this.#perl?.tellServing()
  }

  /** What Perl processes write to standard error goes to the file at `path` from now on. */
  reopenErrors(path: string): void {
    this.#perl?.reopenLog(path)
  }

  afterRequests(count: number, spent: () => void): void {
    this.#server.afterRequests(count, spent)
  }

  /** Lets clients and background work come to their end, at most for `graceMs`. `takesQueue`: see `Server.drain`. */
  async drain(graceMs: number, takesQueue: boolean): Promise<void> {
    const startedAt = performance.now()
    await this.#server.drain(graceMs, { takesQueue })
    const left = (): number => Math.max(0, graceMs - (performance.now() - startedAt))
    await this.#background.finished(left())
    await this.#perl?.close(left())
  }

  /** Cuts everything at once. */
  async close(): Promise<void> {
    await this.#server.close()
    await this.#perl?.close(0)
  }
}

/** The application asks first; the server, when it is loaded, gets the same. */
function askOnce(options: AppServerOptions): (place: AskedPlace) => Promise<LateListener> {
  let late: Promise<LateListener> | undefined
  return place => {
    late ??= options.askListener(place)
    return late
  }
}

const ANYWHERE: AskedPlace = { host: undefined, port: undefined, path: undefined }

async function listen(
  server: Server,
  late: LateListener | undefined,
  options: AppServerOptions,
  handshakes: TlsServer | undefined,
): Promise<void> {
  const { backlog } = options.config
  const all = late === undefined ? (options.listeners as readonly LateListener[]) : [late]
  for (const { address, fd, handle, tls, isForeign = false } of all) {
    await server.listen(address, {
      ...listenSocket({ fd, handle }),
      isForeign,
      ...(backlog === undefined ? {} : { backlog }),
      ...(tls === undefined ? {} : { tls }),
      ...(handshakes === undefined ? {} : { handshakes }),
    })
  }
}

/** The socket to listen on; neither: connections are handed over. */
function listenSocket({ fd, handle }: Pick<LateListener, 'fd' | 'handle'>): ListenOptions {
  if (handle !== undefined) return { handle }
  return fd === undefined ? { isFed: true } : { fd }
}

/** The application's server is closed behind what it exports for its end, and not as soon as the last connection is. */
function endingsOf({ handler, adoption, endings }: WorkerLoad): Step[] {
  const { onClosed } = handler
  Object.assign(handler, { onClosed: undefined })
  const close = async (): Promise<void> => {
    await onClosed?.()
    await adoption?.end()
  }
  return [...endings, { name: 'listeners of "close"', run: close }]
}

type WorkerLoad = Omit<LoadedApp, 'file' | 'kind'> & {
  readonly files: readonly string[]
  readonly adoption: Adoption | undefined
}

async function load(
  options: AppServerOptions,
  background: BackgroundTasks,
  { own, ...around }: Pick<AdoptionSite, 'connections' | 'ask'> & { readonly own: OwnServerSettings },
): Promise<WorkerLoad> {
  const { config, log, showsLoadErrors, children } = options
  const adoption = adoptionFor({ ...options, ...around, onClosing: () => options.onAppClosing() })
  try {
    enableCompileCache()
    const spec = { ...loadSpecOf(config, process.cwd(), children), adoption }
    const { file, ...loaded } = await loadApp(spec, {
      ...appContextOf(config, log, background.add),
      ownServer: own,
    })
    flushCompileCache()
    return { ...loaded, adoption, files: file === undefined ? loadedFiles() : [file, ...loadedFiles()] }
  } catch (error) {
    if (showsLoadErrors) {
      log.error('Cannot load the application: every request is answered with its error until it is fixed', error)
      const handler = loadErrorHandler(error)
      return { handler, guess: undefined, notice: undefined, adoption, endings: [], files: loadedFiles() }
    }
    if (error instanceof ConfigError) throw error
    throw new ConfigError('Cannot load the application', EXIT.appLoad, { cause: error })
  }
}
