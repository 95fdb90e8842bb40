// What a web standard application looks like, and what it learns besides the request.
import type { X509Certificate } from '../client-certificate.ts'
import type { ProxyHeader } from '../proxy-header.ts'
import type { ServerWebSocket, UpgradeOptions } from '../websocket/types.ts'

/**
 * What the server knows besides the request; second and third argument of the application. One object that answers to
 * the names that fetch style servers have given these things: `env.NAME` and `ctx.waitUntil` (Cloudflare), `remoteAddr` (Deno),
 * `requestIP` (Bun), `incoming.socket` (Hono on Node). Hono shows it as `c.env`, and as `c.executionCtx`.
 * Every variable of the process environment can be read as a property as well, where no name below hides it.
 */
export interface FetchInfo {
  /** The environment of the process. */
  readonly env: NodeJS.ProcessEnv
  /** Client address as text; undefined on a Unix socket. */
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  /** The same as `remoteAddress`. */
  readonly ip: string | undefined
  /** The client in Deno's words. */
  readonly remoteAddr: { readonly transport: 'tcp' | 'unix'; readonly hostname: string; readonly port: number }
  /** What a proxy has told of the client by the PROXY protocol; undefined on a listener without it. */
  readonly proxyHeader: ProxyHeader | undefined
  /**
   * The certificate that the client has shown, verified; null: it was asked for one and has shown none. Undefined where clients are not
   * asked (`--ssl-verify-mode`).
   */
  readonly clientCertificate: X509Certificate | null | undefined
  /** Whether the connection is TLS. */
  readonly isEncrypted: boolean
  /** The connection, where Hono's `getConnInfo` for Node looks for it. Reading from the socket breaks the connection. */
  readonly incoming: { readonly socket: unknown }
  /** The client in Bun's words; the argument is not looked at. Null on a Unix socket. */
  requestIP(request?: Request): { address: string; port: number; family: 'IPv4' | 'IPv6' } | null
  /** Work that goes on after the answer; a leaving worker waits for it within its grace. A rejection is logged. */
  waitUntil(work: PromiseLike<unknown>): void
  /** Does nothing: there is no origin behind this server to pass to. Exists for apps written for Cloudflare. */
  passThroughOnException(): void
  /** Empty. Part of Hono's and Cloudflare's execution context. */
  readonly props: Readonly<Record<string, unknown>>
  /** Sends an interim answer, such as 103 with `Link` fields. Names and values alternate. */
  inform(status: number, headers: readonly string[]): void
  /**
   * Opens the WebSocket that the request asks for, as Deno.upgradeWebSocket does, with the `ws` package. The 101 has been sent when it
   * returns; `response` is to be returned and says so to whoever looks at it. Throws when the request asks for none (uncaught, the client gets
   * 426), or not in the right way (400), and when `ws` is not installed.
   */
  upgrade(options?: UpgradeOptions): { readonly socket: ServerWebSocket; readonly response: Response }
  /** Asks that this worker is replaced once the request is done (`psgix.harakiri.commit` of PSGI). */
  retire(): void
  readonly [name: string]: unknown
}

type Answer = Response | Promise<Response>

/** `(request, info, ctx) => Response`; `info` and `ctx` are the same object. */
export type FetchFunction = (request: Request, info: FetchInfo, ctx: FetchInfo) => Answer

export interface FetchObject {
  fetch(request: Request, info: FetchInfo, ctx: FetchInfo): Answer
}

/** A web standard application: a function, or an object with the function as `fetch` (Hono, h3, Elysia, Workers modules). */
export type FetchApp = FetchFunction | FetchObject
