// Runs a PSGI-style app on a fake exchange and gives everything that came of it.
import type { AppContext, Peer } from '../../../src/app/handler.ts'
import { psgiHandler } from '../../../src/app/psgi/handler.ts'
import type { PsgiApp } from '../../../src/app/psgi/types.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'

export interface LoggedEntry {
  readonly level: string
  readonly message: string
  readonly cause: unknown
}

export interface TestContext extends AppContext {
  readonly logged: LoggedEntry[]
  readonly work: Promise<unknown>[]
}

/** A context for `deployment` that keeps what is logged and what goes on in the background. */
export function testContext(changes: Partial<AppContext> = {}): TestContext {
  const logged: LoggedEntry[] = []
  const work: Promise<unknown>[] = []
  const at = (level: string) => (message: string, cause?: unknown) => void logged.push({ level, message, cause })
  return {
    environment: 'deployment',
    mount: '',
    defaultMiddleware: true,
    multiprocess: true,
    multithread: false,
    spool: { memoryBytes: 1_048_576, directory: '/nowhere' },
    log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    background: promise => void work.push(promise),
    ...changes,
    logged,
    work,
  }
}

export const GET = 'GET / HTTP/1.1\r\nHost: app.example\r\n\r\n'

export interface Tried {
  readonly exchange: FakeExchange
  readonly context: TestContext
  /** What the handler gave: undefined when the app was served without a promise. */
  readonly pending: Promise<void> | undefined
}

/** Calls `app` with `request`; the answer may still be on its way. */
export function startApp(
  app: PsgiApp,
  request: string | Uint8Array = GET,
  changes: Partial<AppContext> = {},
  peer?: Peer,
): Tried {
  const context = testContext(changes)
  const exchange = new FakeExchange(request, peer)
  return { exchange, context, pending: psgiHandler(app, context)(exchange) }
}

/** Calls `app` for a client that takes no piece until `exchange.drain()`. */
export function startFull(app: PsgiApp): Tried {
  const context = testContext()
  const exchange = new FakeExchange(GET)
  exchange.isFull = true
  return { exchange, context, pending: psgiHandler(app, context)(exchange) }
}

/** Calls `app` with `request` and waits for the answer. */
export async function tryApp(
  app: PsgiApp,
  request: string | Uint8Array = GET,
  changes: Partial<AppContext> = {},
  peer?: Peer,
): Promise<Tried> {
  const tried = startApp(app, request, changes, peer)
  await tried.pending
  return tried
}

/** The message of the one failure that was logged; '' when there was none. */
export function mistakeOf({ context }: Tried): string {
  const { cause } = context.logged.find(({ level }) => level === 'error') ?? { cause: undefined }
  return cause instanceof Error ? cause.message : ''
}
