// The second and third argument of a fetch style application. One small object per request; all else is looked up on demand.
import { env } from 'node:process'
import type { AppContext, Exchange, Peer } from '../../handler.ts'
import { openWebSocket } from '../../websocket/open.ts'
import type { UpgradeOptions } from '../../websocket/types.ts'
import type { FetchInfo } from '../types.ts'

/** Makes the information that goes with a request. */
export function infoOf(exchange: Exchange, context: AppContext): FetchInfo {
  return new Info(exchange, context) as unknown as FetchInfo
}

const NO_PROPS: FetchInfo['props'] = Object.freeze({})

class Info {
  readonly #exchange: Exchange
  readonly #context: AppContext

  constructor(exchange: Exchange, context: AppContext) {
    this.#exchange = exchange
    this.#context = context
  }

  get env(): NodeJS.ProcessEnv {
    return env
  }

  get remoteAddress(): string | undefined {
    return this.#exchange.peer.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.#exchange.peer.remotePort
  }

  get localAddress(): string | undefined {
    return this.#exchange.peer.localAddress
  }

  get localPort(): number | undefined {
    return this.#exchange.peer.localPort
  }

  get ip(): string | undefined {
    return this.#exchange.peer.remoteAddress
  }

  get remoteAddr(): FetchInfo['remoteAddr'] {
    const { remoteAddress, remotePort } = this.#exchange.peer
    return {
      transport: remoteAddress === undefined ? 'unix' : 'tcp',
      hostname: remoteAddress ?? '',
      port: remotePort ?? 0,
    }
  }

  get proxyHeader(): FetchInfo['proxyHeader'] {
    return this.#exchange.peer.proxyHeader
  }

  get clientCertificate(): FetchInfo['clientCertificate'] {
    return this.#exchange.peer.clientCertificate
  }

  get isEncrypted(): boolean {
    return this.#exchange.peer.isEncrypted
  }

  get incoming(): { readonly socket: Peer['socket'] } {
    return { socket: this.#exchange.peer.socket }
  }

  requestIP(): ReturnType<FetchInfo['requestIP']> {
    const { remoteAddress, remotePort } = this.#exchange.peer
    if (remoteAddress === undefined) return null
    return { address: remoteAddress, port: remotePort ?? 0, family: remoteAddress.includes(':') ? 'IPv6' : 'IPv4' }
  }

  waitUntil(work: PromiseLike<unknown>): void {
    this.#context.background(Promise.resolve(work))
  }

  passThroughOnException(): void {
    // There is no origin behind this server that could answer instead.
  }

  get props(): FetchInfo['props'] {
    return NO_PROPS
  }

  inform(status: number, headers: readonly string[]): void {
    this.#exchange.inform(status, headers)
  }

  upgrade(options?: UpgradeOptions): ReturnType<FetchInfo['upgrade']> {
    const socket = openWebSocket(this.#exchange, this.#context, options)
    // No Response can be made with this status.
    return { socket, response: Object.defineProperty(new Response(), 'status', { value: 101 }) }
  }

  retire(): void {
    this.#exchange.retireWorker()
  }
}

// Workers modules read their variables as `env.NAME` from the second argument, so the process environment stands behind it.
Object.setPrototypeOf(Info.prototype, env)
