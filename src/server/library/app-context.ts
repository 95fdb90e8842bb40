// What a server needs to know when no command line told it: for the functions that are used from a program.

import { tmpdir } from 'node:os'
import type { FetchApp } from '../../app/fetch/types.ts'
import type { AppContext } from '../../app/handler.ts'
import { type AppKind, detectKind } from '../../app/load/kind.ts'
import type { adapt } from '../../app/load/load-app.ts'
import type { NodeApp } from '../../app/node/types.ts'
import type { PsgiApp } from '../../app/psgi/types.ts'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import type { Log } from '../../log/log.ts'

/** An application of any kind. */
export type App = PsgiApp | FetchApp | NodeApp | FetchFramework

/** Frameworks have types of their own for what follows the request; what they get fits them all. */
interface FetchFramework {
  fetch(request: Request, ...rest: never[]): Response | Promise<Response>
}

/** Options that serve and createHandler have in context. */
export interface ContextOptions {
  /** As `--env`; `development` shows stack traces to the client. Default `deployment`. */
  readonly environment?: string
  /** As `--path`: the prefix that the application is mounted at. */
  readonly mount?: string
}

/** What `adapt` takes, from the application itself. Throws a ConfigError for what is none. */
export function applicationOf(app: unknown, requested: AppKind | undefined): Parameters<typeof adapt>[0] {
  const verdict = detectKind(app, 'default', requested)
  if (verdict === undefined) {
    throw new ConfigError('Cannot serve the application: it is no function and has no fetch method', EXIT.appLoad)
  }
  if (verdict.kind === undefined)
    throw new ConfigError(`Cannot serve the application: it is ${verdict.because}`, EXIT.appLoad)
  const { websocket } = app as { readonly websocket?: unknown }
  return { value: app, verdict, upgrade: undefined, websocket, file: undefined }
}

/** `background` holds the work that is under way after its answer; a rejection is the adapter's to report. */
export function contextOf(options: ContextOptions, log: Log, background: Set<Promise<unknown>>): AppContext {
  return {
    environment: options.environment ?? 'deployment',
    mount: options.mount ?? '',
    defaultMiddleware: true,
    multiprocess: false,
    multithread: false,
    spool: { memoryBytes: 1024 * 1024, directory: tmpdir() },
    log,
    background(work) {
      background.add(work)
      const forget = (): void => void background.delete(work)
      work.then(forget, forget)
    },
  }
}
