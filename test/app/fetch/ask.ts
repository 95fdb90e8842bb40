// How the tests of the fetch adapter ask an application without a server.
import { fetchHandler } from '../../../src/app/fetch/adapter/handler.ts'
import type { FetchApp } from '../../../src/app/fetch/types.ts'
import type { AppContext } from '../../../src/app/handler.ts'
import type { Log } from '../../../src/log/log.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'

export interface Logged {
  readonly message: string
  readonly cause: unknown
}

export function contextOf(logged: Logged[] = [], changes: Partial<AppContext> = {}): AppContext {
  const nothing = (): void => undefined
  const error = (message: string, cause?: unknown): void => void logged.push({ message, cause })
  return {
    environment: 'deployment',
    mount: '',
    multiprocess: false,
    defaultMiddleware: true,
    spool: { memoryBytes: 1, directory: '/nonexistent' },
    log: { error, warn: nothing, info: nothing, debug: nothing } as unknown as Log,
    background: nothing,
    ...changes,
  } as AppContext
}

export const GET = 'GET /path?q=1 HTTP/1.1\r\nHost: h.example\r\n\r\n'
export const HEAD = 'HEAD / HTTP/1.1\r\nHost: h.example\r\n\r\n'
export const POST = 'POST / HTTP/1.1\r\nHost: h.example\r\nContent-Length: 3\r\n\r\nabc'

export async function answerOf(
  app: unknown,
  request: string = GET,
  context: AppContext = contextOf(),
): Promise<FakeExchange> {
  const exchange = new FakeExchange(request)
  await fetchHandler(app as FetchApp, context)(exchange)
  return exchange
}

/** A stream under control, and what has happened to it. */
export function controlled(): {
  stream: ReadableStream
  give(text: string): void
  end(): void
  fail(cause: unknown): void
  cancelled: Promise<unknown>
} {
  let controller: ReadableStreamDefaultController | undefined
  let cancel = (_reason: unknown): void => undefined
  const cancelled = new Promise(resolve => {
    cancel = resolve
  })
  const stream = new ReadableStream({
    start(it) {
      controller = it
    },
    cancel,
  })
  return {
    stream,
    cancelled,
    give: text => controller?.enqueue(new TextEncoder().encode(text)),
    end: () => controller?.close(),
    fail: cause => controller?.error(cause),
  }
}

export const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
