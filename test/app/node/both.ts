// Runs one listener under node:http on a real socket and under the adapter on a fake exchange, and gives what a client
// sees of each, and what the listener noted. Whatever differs is the adapter's fault.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AppContext, Exchange } from '../../../src/app/handler.ts'
import { nodeHandler } from '../../../src/app/node/handler.ts'
import type { PreparedNodeApp } from '../../../src/app/node/prepare.ts'
import type { NodeApp } from '../../../src/app/node/types.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { connectRaw } from '../../support/raw-client.ts'

/** A listener; `note` keeps what it says, for comparison. */
export type Listener = (req: IncomingMessage, res: ServerResponse, note: (fact: string) => void) => unknown

export interface Seen {
  /** The answer's bytes as latin1, without the time of day. */
  readonly text: string
  readonly notes: readonly string[]
}

export async function underNode(listener: Listener, request: string): Promise<Seen> {
  const notes: string[] = []
  const closed: Promise<unknown>[] = []
  const server = createServer((req, res) => {
    closed.push(new Promise(resolve => res.on('close', resolve)))
    listener(req, res, fact => notes.push(fact))
  })
  // What the fake peer says, for `Keep-Alive: timeout=`.
  server.keepAliveTimeout = 5000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = await connectRaw({ port, methods: [request.slice(0, request.indexOf(' '))] })
  try {
    await client.send(request)
    // An answer that ends with the connection is whole only then.
    await client.answer().catch(() => client.allAnswers())
    await Promise.all(closed)
    await quiet()
    return { text: timeless(client.text), notes }
  } finally {
    client.destroy()
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
}

export async function underAdapter(listener: Listener, request: string): Promise<Seen & { exchange: FakeExchange }> {
  const notes: string[] = []
  const exchange = await answered((req, res) => listener(req, res, fact => notes.push(fact)), request)
  return { text: timeless(exchange.rawText), notes, exchange }
}

/** The exchange of one request, once it is done and the ticks behind it have run. */
export async function answered(
  app: NodeApp | PreparedNodeApp,
  request: string | FakeExchange,
  context: AppContext = testContext(),
): Promise<FakeExchange> {
  const exchange = typeof request === 'string' ? new FakeExchange(request) : request
  const done = new Promise<void>(resolve => {
    exchange.onDone = resolve
  })
  // From the event loop, as a server does: what runs in which tick depends on it.
  const handler = nodeHandler(app, context)
  setImmediate(() => handler(exchange as Exchange))
  await done
  await quiet()
  return exchange
}

/** Lets everything that is planned for the next ticks and the next turn happen. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setImmediate(resolve))
}

/** A context that keeps what is logged as `level: message: cause`. */
export function testContext(changes: Partial<AppContext> = {}, logged: string[] = []): AppContext {
  const entry = (level: string) => (message: string, cause?: unknown) => {
    logged.push(cause instanceof Error ? `${level}: ${message}: ${cause.message}` : `${level}: ${message}`)
  }
  return {
    environment: 'deployment',
    mount: '',
    defaultMiddleware: true,
    multiprocess: false,
    multithread: false,
    spool: { memoryBytes: 1024, directory: '/nowhere' },
    log: { debug: entry('debug'), info: entry('info'), warn: entry('warn'), error: entry('error') },
    background() {},
    ...changes,
  }
}

function timeless(text: string): string {
  return text.replace(/Date: [^\r]+/g, 'Date: now')
}

/** The whole body as text. */
export async function readAll(req: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of req) text += chunk
  return text
}

/** Notes what happens to a request and its response. */
export function noteEvents(req: IncomingMessage, res: ServerResponse, note: (fact: string) => void): void {
  for (const event of ['end', 'close', 'aborted', 'error']) req.on(event, () => note(`req ${event}`))
  for (const event of ['prefinish', 'finish', 'close', 'drain', 'error']) {
    res.on(event, () => note(`res ${event} ended=${res.writableEnded} finished=${res.writableFinished}`))
  }
}
