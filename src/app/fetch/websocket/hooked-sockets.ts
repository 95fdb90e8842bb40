// WebSockets of applications that give hooks for them, by the convention of crossws: its adapter for Node calls them. What the `upgrade` hook
// refuses is answered as any request; only then the connection leaves HTTP.
import type { AppContext, Exchange } from '../../handler.ts'
import type { UpgradeAdapter, WebSocketHooks } from '../../websocket/exported.ts'
import { checkHandshake, handshakeLines } from '../../websocket/handshake.ts'
import { packageFile } from '../../websocket/library.ts'
import { asBuffer, MAX_PAYLOAD } from '../../websocket/open.ts'
import { type UpgradeRequest, upgradeRequest } from '../../websocket/upgrade-request.ts'
import { isForeignResponse, sendForeign } from '../adapter/send.ts'
import type { LightRequest } from '../web/light-request.ts'
import { isLightResponse, sendLight } from '../web/light-response.ts'

const ADAPTER = 'crossws/adapters/node'

type Fields = Readonly<Record<string, string>> | Iterable<readonly [string, string]>

type HeadersInput = ConstructorParameters<typeof Headers>[0]

/** What an `upgrade` hook may give besides a Response. */
interface UpgradeResult {
  readonly headers?: Fields
  /** The hook has taken the socket itself (`fromNodeUpgradeHandler`). */
  readonly handled?: boolean
}

/** The WebSockets of one application in one worker. They share the adapter, so that they can publish to each other. */
export class HookedSockets {
  readonly #context: AppContext
  readonly #options: object
  #adapter: Promise<UpgradeAdapter> | undefined
  readonly #hooks: WeakMap<object, WebSocketHooks> = new WeakMap()

  /** `options`: those of the adapter (`websocket.options.node`). */
  constructor(context: AppContext, options: object) {
    this.#context = context
    this.#options = options
  }

  /** Throws an AppError when crossws is not installed. */
  checkInstalled(): void {
    packageFile(ADAPTER, 'crossws', this.#context)
  }

  /** Opens the WebSocket that `exchange` asks for, with `fields` in its 101. Rejects with what the hooks or the handshake fail with. */
  async open(exchange: Exchange, request: LightRequest, hooks: WebSocketHooks, fields: Fields = {}): Promise<void> {
    checkHandshake(exchange)
    const adapter = await this.#load()
    const req = upgradeRequest(exchange)
    const taken = new TakenSocket(exchange)
    Object.assign(request, { runtime: runtimeOf(req, taken) })
    const result = await upgradeResult(hooks, request)
    if (isLightResponse(result)) return await sendLight(result, exchange)
    if (isForeignResponse(result)) return await sendForeign(result, exchange)
    const found = (result ?? {}) as UpgradeResult
    if (found.handled === true) return
    if (exchange.isGone) return
    const headers = new Headers(found.headers as HeadersInput)
    for (const [name, value] of new Headers(fields as HeadersInput)) if (!headers.has(name)) headers.append(name, value)
    addOwn(headers, exchange)
    this.#hooks.set(request, withUpgrade(hooks, { ...found, headers }))
    await adapter.handleUpgrade(req, taken.socket, taken.head, request)
  }

  #load(): Promise<UpgradeAdapter> {
    this.#adapter ??= this.#make()
    return this.#adapter
  }

  async #make(): Promise<UpgradeAdapter> {
    const { href } = packageFile(ADAPTER, 'crossws', this.#context)
    const { default: make } = (await import(href)) as { default(options: object): UpgradeAdapter }
    const { serverOptions, ...others } = this.#options as { readonly serverOptions?: object }
    return make({
      resolve: (request: object) => this.#hooks.get(request),
      ...others,
      serverOptions: { handleProtocols: () => false, maxPayload: MAX_PAYLOAD, ...serverOptions },
    })
  }
}

/** The connection, taken out of HTTP when somebody first wants it. */
class TakenSocket {
  readonly #exchange: Exchange
  #taken: ReturnType<Exchange['takeOver']> | undefined

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  get socket(): object {
    return this.#take().socket
  }

  get head(): Buffer {
    return asBuffer(this.#take().head)
  }

  #take(): ReturnType<Exchange['takeOver']> {
    this.#taken ??= this.#exchange.takeOver()
    return this.#taken
  }
}

/** As srvx shows it to hooks. */
function runtimeOf(req: UpgradeRequest, upgrade: TakenSocket): object {
  return { name: 'node', node: { req, upgrade } }
}

async function upgradeResult(hooks: WebSocketHooks, request: object): Promise<unknown> {
  try {
    return await hooks.upgrade?.(request)
  } catch (cause) {
    const answer = (cause as { response?: unknown } | undefined)?.response ?? cause
    if (isLightResponse(answer) || isForeignResponse(answer)) return answer
    throw cause
  }
}

/** The hooks themselves, but for the one that has been called. */
function withUpgrade(hooks: WebSocketHooks, result: object): WebSocketHooks {
  return Object.create(hooks, { upgrade: { value: () => result } }) as WebSocketHooks
}

/** The fields of the handshake are the library's. */
function addOwn(headers: Headers, exchange: Exchange): void {
  const protocol = headers.get('sec-websocket-protocol')
  headers.delete('sec-websocket-protocol')
  for (const line of handshakeLines(exchange, { headers })) {
    const colon = line.indexOf(': ')
    const name = line.slice(0, colon)
    if (!headers.has(name)) headers.append(name, line.slice(colon + 2))
  }
  if (protocol !== null) headers.set('sec-websocket-protocol', protocol)
}

const HOOKS_OF_REQUEST = Symbol.for('crossws.hooks')

interface Hooked {
  readonly hooks: WebSocketHooks
  readonly fields: Fields | undefined
}

/**
 * The hooks that the answer to a request for a WebSocket names: as `crossws` of a Response or of a plain object, or left in the request
 * (`setWebSocketHooks`). Undefined for an answer that is only that.
 */
export function hooksOf(answer: unknown, request: object): Hooked | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined
  const { crossws, status, headers } = answer as { crossws?: WebSocketHooks; status?: number; headers?: Fields }
  const left = hooksIn(request) ?? hooksIn((request as { context?: object }).context)
  if (isLightResponse(answer) || isForeignResponse(answer)) {
    if (crossws !== undefined) return { hooks: crossws, fields: undefined }
    const isConsent = status! < 300 || status === 426
    return left !== undefined && isConsent ? { hooks: left, fields: undefined } : undefined
  }
  const hooks = crossws ?? left
  return hooks === undefined ? undefined : { hooks, fields: headers }
}

function hooksIn(holder: object | undefined): WebSocketHooks | undefined {
  return (holder as Record<symbol, WebSocketHooks> | undefined)?.[HOOKS_OF_REQUEST]
}
