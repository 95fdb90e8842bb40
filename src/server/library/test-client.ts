// A client for tests: requests go through the same parser, limits and adapters as on a socket, but there is no socket.

import type { ClientRequest, IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type AppKind, adapt, type LoadedApp, loadApp, type PerlOptions, type Step } from '../../app/load/load-app.ts'
import type { Log } from '../../log/log.ts'
import { createLog } from '../../log/stderr-log.ts'
import { SocketTransport } from '../../transport/socket-transport.ts'
import { accept } from '../accept.ts'
import { DeadlineTimer } from '../deadline-timer.ts'
import { Refusals } from '../refusals.ts'
import { ServerContext } from '../server-context.ts'
import { DEFAULT_SETTINGS, type ServerSettings } from '../settings.ts'
import { type App, applicationOf, type ContextOptions, contextOf } from './app-context.ts'
import { memoryConnection } from './memory-socket.ts'

export interface HandlerOptions extends ContextOptions {
  /** The kind of the application; found by its shape when absent. */
  readonly interface?: AppKind
  /** For an application in Perl: how its processes are started. */
  readonly perl?: PerlOptions
  /** Limits and times that differ from the defaults. */
  readonly settings?: Partial<ServerSettings>
  /** Where the server and the application report. Default: standard error. */
  readonly log?: Log
  /** For an application that is loaded: as `-e`, `-M` and `-I` of the command, and the directory that they start from. */
  readonly evaluate?: string
  readonly module?: readonly string[]
  readonly include?: readonly string[]
  /** Default: the working directory of the process. */
  readonly cwd?: string
}

/** What `fetch` takes, but any method is allowed, also CONNECT and TRACE. */
export interface ClientInit {
  readonly method?: string
  readonly headers?: ConstructorParameters<typeof Headers>[0]
  readonly body?: ConstructorParameters<typeof Response>[0]
  readonly signal?: AbortSignal
}

export interface TestClient extends AsyncDisposable {
  /**
   * Sends one request and gives its final response; redirects are not followed. `target`: a path with query, sent as it is
   * to the host `localhost`, or an absolute URL. Rejects when the answer is cut before its head is complete.
   */
  fetch(target: string | URL, init?: ClientInit): Promise<Response>
  /** Cuts what is still open, waits for the work that goes on after answers, and tells a loaded application of its end; rejects with what that throws. */
  close(): Promise<void>
}

/**
 * A client for an application of any kind, given itself, or as the name of a file, directory or package to be loaded (undefined:
 * the default file, or `evaluate`). Rejects as the command's start does.
 *
 * @example
 * await using client = await createHandler((request: Request) => new Response(request.url))
 * const response = await client.fetch('/hello')
 */
export async function createHandler(app: App | string | undefined, options: HandlerOptions = {}): Promise<TestClient> {
  const log = options.log ?? createLog()
  const background = new Set<Promise<unknown>>()
  const context = contextOf(options, log, background)
  const { interface: kind, evaluate, module = [], include = [], cwd = process.cwd(), perl } = options
  const isLoaded = app === undefined || typeof app === 'string'
  const loaded: LoadedClient = isLoaded
    ? await loadApp({ app, interface: kind, evaluate, module, include, cwd, perl }, context)
    : { handler: await adapt(applicationOf(app, kind), context), endings: [] }
  return new MemoryClient(loaded, { ...DEFAULT_SETTINGS, ...options.settings }, log, background)
}

type LoadedClient = Pick<LoadedApp, 'handler' | 'endings' | 'perl'>

class MemoryClient implements TestClient {
  readonly #context: ServerContext
  readonly #background: Set<Promise<unknown>>
  readonly #endings: Step[]
  readonly #perl: LoadedApp['perl']

  constructor(
    { handler, endings, perl }: LoadedClient,
    settings: ServerSettings,
    log: Log,
    background: Set<Promise<unknown>>,
  ) {
    const times = [settings.headTimeoutMs, settings.bodyTimeoutMs, settings.keepaliveTimeoutMs].filter(ms => ms > 0)
    const clock = new DeadlineTimer(Math.min(...times))
    this.#context = new ServerContext({
      settings,
      handler,
      log,
      clock,
      onAnswered: undefined,
      onRetire: undefined,
      metrics: undefined,
      refusals: new Refusals(log, undefined),
    })
    this.#background = background
    this.#endings = [...endings]
    this.#perl = perl
  }

  async fetch(target: string | URL, init: ClientInit = {}): Promise<Response> {
    const payload = await payloadOf(init)
    const request = this.#open(target, init, payload)
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve)
      // 101, and what follows a CONNECT: the connection is the application's now, and there is no body.
      request.once('upgrade', resolve)
      request.once('connect', resolve)
      request.on('error', reject)
    })
    // A body that cannot be sent to its end is the server's right to refuse: the answer, or its absence, tells.
    if (payload === undefined) request.end()
    else pipeline(Readable.from(payload.content), request).catch(() => {})
    return responseOf(await answered)
  }

  async close(): Promise<void> {
    for (const connection of this.#context.connections) connection.destroy()
    await Promise.allSettled(this.#background)
    for (const { run } of this.#endings.splice(0)) await run()
    await this.#perl?.close(0)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #open(target: string | URL, init: ClientInit, payload: Payload | undefined): ClientRequest {
    const isPath = typeof target === 'string' && target.startsWith('/')
    const url = isPath ? undefined : new URL(target)
    const isEncrypted = url?.protocol === 'https:'
    const { client, server } = memoryConnection()
    const name = { host: 'localhost', port: isEncrypted ? 443 : 80, isEncrypted }
    accept(this.#context, new SocketTransport(server), name)
    // Not imported above: see status.ts.
    return process.getBuiltinModule('node:http').request({
      method: init.method ?? (payload === undefined ? 'GET' : 'POST'),
      path: url === undefined ? String(target).replace(/#.*/s, '') : url.pathname + url.search,
      host: url?.host ?? 'localhost',
      headers: { host: url?.host ?? 'localhost', ...fieldsOf(init, payload) },
      createConnection: () => client,
      ...(init.signal && { signal: init.signal }),
    })
  }
}

interface Payload {
  readonly type: string | null
  /** Undefined for a stream: it is sent in chunks. */
  readonly length: number | undefined
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/** The body as fetch understands it: a Response reads every type that a Request does, whatever the method. */
async function payloadOf({ body }: ClientInit): Promise<Payload | undefined> {
  if (body === undefined || body === null) return undefined
  const reader = new Response(body)
  const type = reader.headers.get('content-type')
  const isStream = typeof body === 'object' && (Symbol.asyncIterator in body || 'getReader' in body)
  if (isStream) return { type, length: undefined, content: reader.body as unknown as AsyncIterable<Uint8Array> }
  const bytes = Buffer.from(await reader.arrayBuffer())
  return { type, length: bytes.length, content: [bytes] }
}

function fieldsOf(init: ClientInit, payload: Payload | undefined): Record<string, string> {
  const fields = Object.fromEntries(new Headers(init.headers))
  if (payload === undefined) return fields
  if (payload.type !== null) fields['content-type'] ??= payload.type
  if (payload.length !== undefined && fields['transfer-encoding'] === undefined) {
    fields['content-length'] ??= String(payload.length)
  }
  return fields
}

/** Statuses that a Response must not have a body with. */
const BODILESS = new Set([204, 205, 304])

function responseOf(answer: IncomingMessage): Response {
  const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = answer
  if (status < 200 || status > 599) {
    answer.destroy()
    throw new RangeError(`Cannot give the answer as a Response: its status is ${status}, 200 to 599 is needed`)
  }
  const headers = new Headers()
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '')
  if (BODILESS.has(status)) answer.resume()
  const body = BODILESS.has(status) ? null : Readable.toWeb(answer)
  return new Response(body as ConstructorParameters<typeof Response>[0], { status, statusText, headers })
}
