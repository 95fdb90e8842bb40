// `import { createAdapter } from 'starlight-server/socket.io'`: Socket.IO's adapter for several workers, over the messages between them.
import {
  type ClusterAdapterOptions,
  ClusterAdapterWithHeartbeat,
  type ClusterMessage,
  type ClusterResponse,
} from 'socket.io-adapter'
import { LargeMessages } from './app/large-messages.ts'
import { worker } from './app/worker.ts'

/** What Socket.IO's server takes: called, or constructed, with each namespace. */
export type AdapterConstructor = (namespace: unknown) => WorkerAdapter

type Content = { readonly message: ClusterMessage } | { readonly to: string; readonly response: ClusterResponse }

/** Shorter than Socket.IO's own: messages between workers of one machine are quick, and a worker that has died shall keep no request waiting. */
const DEFAULTS: ClusterAdapterOptions = { heartbeatInterval: 1_000, heartbeatTimeout: 4_000 }

export interface AdapterOptions extends ClusterAdapterOptions {
  /** Keeps servers apart, of which one worker has several; none by default. */
  readonly channel?: string
}

/**
 * Makes rooms, broadcasts, `fetchSockets` and `serverSideEmit` reach the clients of all workers.
 *
 * @example
 * const io = new Server(httpServer, { adapter: createAdapter() })
 */
export function createAdapter(options: AdapterOptions = {}): AdapterConstructor {
  // Socket.IO calls it with `new`.
  return function adapter(namespace) {
    return new WorkerAdapter(namespace, { ...DEFAULTS, ...options })
  }
}

export class WorkerAdapter extends ClusterAdapterWithHeartbeat {
  readonly #messages: LargeMessages
  readonly #stop: () => void
  #isClosed = false

  constructor(namespace: unknown, options: AdapterOptions) {
    super(namespace, options)
    this.#messages = new LargeMessages(`socket.io:${options.channel ?? ''}`, this.uid)
    this.#stop = this.#messages.onMessage<Content>(content => this.#hear(content))
    worker.onShutdown(() => this.close())
  }

  override close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    super.close()
    this.#stop()
  }

  /** Resolves also when it was dropped: the sockets of this worker get theirs. */
  protected override async doPublish(message: ClusterMessage): Promise<string> {
    this.#messages.send({ message: asSent(message) })
    return ''
  }

  protected override async doPublishResponse(to: string, response: ClusterResponse): Promise<void> {
    this.#messages.send({ to, response: asSent(response) })
  }

  #hear(content: Content): void {
    if ('message' in content) this.onMessage(content.message)
    else if (content.to === this.uid) this.onResponse(content.response)
  }
}

/** What the clients of another worker get is what those of this one get: JSON with binary values in it, as the parser of Socket.IO makes it. */
function asSent(value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return asSent(toJSON.call(value))
  if (Array.isArray(value)) return value.map(asSent)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asSent(inner)]))
}
