// From what the command line says to the one Handler that the server calls.
import { dirname, resolve } from 'node:path'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import { traceOf } from '../../log/trace.ts'
import type { FetchApp } from '../fetch/types.ts'
import type { AppContext, Handler } from '../handler.ts'
import type { NodeApp, UpgradeListener } from '../node/types.ts'
import type { PerlOptions, RunningPerl } from '../perl/start.ts'
import type { PsgiApp } from '../psgi/types.ts'
import { type ExportedWebSocket, exportedWebSocket } from '../websocket/exported.ts'
import type { Notice } from './adopt.ts'
import { type Application, type AppSpec, loadApplication } from './application.ts'
import { AppLoadError } from './failure.ts'
import { Guess } from './guess.ts'
import { isFile } from './is-file.ts'
import { type AppKind, guessOf, KIND_NAMES } from './kind.ts'
import type { Step } from './life.ts'
import { mentionsFetch } from './mentions-fetch.ts'
import { observed } from './observed.ts'

export { Adoption, type AdoptionParts } from '../node/adoption.ts'
export type { AskedAddress } from '../node/asked-address.ts'
export type { GivenSocket } from '../node/shared-servers.ts'
export type { ServedAddress } from '../node/taken-servers.ts'
export type { PerlOptions, RunningPerl } from '../perl/start.ts'
export type { Notice } from './adopt.ts'
export type { AppSpec } from './application.ts'
export { AppLoadError } from './failure.ts'
export { loadedFiles } from './hooks/hooks.ts'
export type { AppKind } from './kind.ts'
export type { Step } from './life.ts'

const trace = traceOf('loader')

/** What is loaded: an application in JavaScript, or with `perl` one in Perl, of which the rest says only the name. */
export type LoadSpec = AppSpec & {
  readonly perl?: PerlOptions | undefined
  /** The application is not to be told that it starts: nothing will be served. */
  readonly isCheck?: boolean
}

export interface LoadedApp {
  readonly handler: Handler
  readonly kind: AppKind | 'perl'
  /** Completes "taken for ...", when it could be of another kind: "a fetch application because ...". */
  readonly guess: string | undefined
  /** The application's file; undefined for a package's, and for `-e` alone. */
  readonly file: string | undefined
  /** What to tell of it: that it listens by itself, or that it cannot use an option. */
  readonly notice: Notice | undefined
  /** To be performed after the last answer, in this order. */
  readonly endings: readonly Step[]
  /** The processes of a Perl application, which the caller has to close. */
  readonly perl?: RunningPerl
}

/** Loads an application and makes it a Handler. Errors as in loadApplication. */
export async function loadApp(spec: LoadSpec, context: AppContext): Promise<LoadedApp> {
  if (spec.perl !== undefined) return await loadPerl(spec.perl, spec, context)
  // Before the application's module runs: what it imports may keep a reference to the global Request and Response.
  if (mentionsFetch(spec)) {
    const { installLightGlobals } = await import('../fetch/web/globals.ts')
    installLightGlobals()
  }
  const application = await loadApplication(spec)
  const { verdict, file, notice, life } = application
  trace?.(
    '%s is taken for the kind "%s"%s',
    file ?? spec.app ?? '-e',
    verdict.kind,
    guessOf(verdict) === undefined ? '' : `: ${guessOf(verdict)}`,
  )
  if (spec.isCheck !== true) await start(life.startup)
  const handler = await adapt(application, context)
  return {
    handler,
    kind: verdict.kind,
    guess: guessOf(verdict),
    file,
    notice: notice ?? uselessFor(verdict.kind, context),
    endings: life.endings,
  }
}

function uselessFor(kind: AppKind, { streamsInput }: AppContext): Notice | undefined {
  if (kind === 'psgi' || streamsInput !== true) return undefined
  return {
    level: 'warn',
    text: `--stream-input is for PSGI applications: a ${KIND_NAMES[kind]} application reads bodies as they come anyway`,
  }
}

async function start(startup: Step | undefined): Promise<void> {
  try {
    await startup?.run()
  } catch (cause) {
    throw new AppLoadError(`the application, whose "startup" failed`, cause)
  }
}

async function loadPerl(
  options: PerlOptions,
  { app, evaluate, cwd }: AppSpec,
  context: AppContext,
): Promise<LoadedApp> {
  const { startPerl } = await import('../perl/start.ts')
  const name = app ?? (evaluate === undefined ? 'app.psgi' : '-e')
  const perl = await startPerl(options, name, context)
  const path = resolve(cwd, name)
  const file = isFile(path) ? path : undefined
  const handler = await observed(perl.handler, context, false)
  return { handler, kind: 'perl', guess: undefined, file, notice: undefined, endings: [], perl }
}

/**
 * Makes a value that is known to be an application a Handler. Only the adapter that is needed is loaded. Rejects as
 * loadApplication does, also with what an application's own set-up (Fastify's `ready`) threw.
 */
export async function adapt(application: Adaptable, around: AppContext): Promise<Handler> {
  return await observed(await adaptWhole(application, around), around, application.verdict.kind === 'node')
}

/** The adapter, and around it what the application exports for WebSockets. */
async function adaptWhole(application: Adaptable, around: AppContext): Promise<Handler> {
  const { verdict, file } = application
  const guess = guessOf(verdict)
  const context = {
    ...around,
    ...(guess === undefined ? {} : { guess: new Guess(guess) }),
    ...(file === undefined ? {} : { directory: dirname(file) }),
  }
  const exported = exportedWebSocket(application.websocket)
  const handler = await adaptKind(application, exported, context)
  if (exported === undefined || exported.kind === 'options') return handler
  const { withWebSockets } = await import('../fetch/websocket/handler.ts')
  return withWebSockets(handler, exported, context)
}

async function adaptKind(
  { value, verdict, upgrade }: Adaptable,
  exported: ExportedWebSocket | undefined,
  context: AppContext,
): Promise<Handler> {
  switch (verdict.kind) {
    case 'psgi': {
      const { psgiHandler } = await import('../psgi/handler.ts')
      return psgiHandler(value as PsgiApp, context)
    }
    case 'fetch': {
      const { fetchHandler } = await import('../fetch/adapter/handler.ts')
      return fetchHandler(value as FetchApp, context, exported?.kind === 'options' ? exported.options : {})
    }
    case 'node':
      return adaptNode(value as NodeApp, upgrade, context)
    default:
      return verdict.kind satisfies never
  }
}

type Adaptable = Pick<Application, 'value' | 'verdict' | 'upgrade' | 'websocket' | 'file'>

async function adaptNode(app: NodeApp, upgrade: unknown, context: AppContext): Promise<Handler> {
  const [{ nodeHandler }, { prepareNodeApp }] = await Promise.all([
    import('../node/handler.ts'),
    import('../node/prepare.ts'),
  ])
  try {
    const listener = typeof upgrade === 'function' ? (upgrade as UpgradeListener) : undefined
    return nodeHandler(await prepareNodeApp(app, listener), context)
  } catch (cause) {
    if (cause instanceof ConfigError) throw new ConfigError(cause.message, EXIT.appLoad, { cause: cause.cause })
    throw new AppLoadError('the application', cause)
  }
}
