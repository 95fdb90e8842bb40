// A server on a free port of the loopback, for tests that speak to it in raw bytes.

import type { TestContext } from 'node:test'
import type { Exchange, Handler } from '../../src/app/handler.ts'
import type { Log } from '../../src/log/log.ts'
import { createServer, type Server, type ServerOptions, type ServerSettings } from '../../src/server/http-server.ts'
import { connectRaw, type RawClient } from './raw-client.ts'

export interface Listening {
  readonly server: Server
  readonly port: number
  /** `level: message` of everything that was logged. */
  readonly logged: readonly string[]
  /** A client; it is destroyed at the end of the test. `methods` as in RawTarget. */
  connect(...methods: string[]): Promise<RawClient>
}

/** Serves `handler` until the test ends. */
export async function listening(
  test: Pick<TestContext, 'after'>,
  handler: Handler,
  settings: Partial<ServerSettings> = {},
  options: Partial<ServerOptions> = {},
): Promise<Listening> {
  const logged: string[] = []
  const server = createServer({ settings, handler, log: logInto(logged), ...options })
  const bound = await server.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 })
  if (!('port' in bound)) throw new Error('Cannot test: the server gave no port')
  const clients: RawClient[] = []
  test.after(async () => {
    for (const client of clients) client.destroy()
    await server.close()
  })
  return {
    server,
    port: bound.port,
    logged,
    async connect(...methods) {
      const client = await connectRaw({ port: bound.port, methods })
      clients.push(client)
      return client
    },
  }
}

function logInto(lines: string[]): Log {
  const entry = (level: string) => (message: string, cause?: unknown) => {
    lines.push(cause instanceof Error ? `${level}: ${message}: ${cause.message}` : `${level}: ${message}`)
  }
  return { debug: entry('debug'), info: entry('info'), warn: entry('warn'), error: entry('error') }
}

/** The whole request body. */
export async function wholeBody(exchange: Exchange): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const chunk = await exchange.read()
    if (chunk === null) return Buffer.concat(chunks)
    chunks.push(chunk)
  }
}

/** A promise and its ends. */
export function deferred<T = void>(): {
  promise: Promise<T>
  resolve: (value: T) => void
  reject: (reason: unknown) => void
} {
  let resolve!: (value: T) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
