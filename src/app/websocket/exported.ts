// What an application exports as `websocket`: hooks of crossws (as srvx, h3 and Nitro have them), options for them, or a ready adapter.

/** Hooks of crossws; which parameters they take is its business. */
export interface WebSocketHooks {
  readonly upgrade?: (request: unknown) => unknown
  readonly [name: string]: unknown
}

/** A ready adapter: that of crossws for Node, or anything with its one method. */
export interface UpgradeAdapter {
  handleUpgrade(req: object, socket: object, head: Buffer, request?: unknown): unknown
}

export type ExportedWebSocket =
  | { readonly kind: 'hooks'; readonly hooks: WebSocketHooks; readonly options: object }
  | { readonly kind: 'options'; readonly options: object }
  | { readonly kind: 'adapter'; readonly adapter: UpgradeAdapter }

const HOOKS = ['upgrade', 'open', 'message', 'close', 'drain', 'error', 'ping', 'pong', 'resolve']

/** Undefined for what is none of these. */
export function exportedWebSocket(value: unknown): ExportedWebSocket | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const found = value as WebSocketHooks & { readonly options?: { readonly node?: object } }
  if (typeof found['handleUpgrade'] === 'function') return { kind: 'adapter', adapter: value as UpgradeAdapter }
  const options = found.options?.node ?? {}
  if (HOOKS.some(name => typeof found[name] === 'function')) return { kind: 'hooks', hooks: found, options }
  return found.options === undefined ? undefined : { kind: 'options', options }
}
