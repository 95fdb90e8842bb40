// The servers of an application whose `listen` is answered without a socket: Starlight accepts for them. They behave as if they
// listened: 'listening' comes, `address()` tells where Starlight serves, `close()` ends with 'close' when the last connection is gone.
import type { EventEmitter } from 'node:events'
import { chmodSync, statSync } from 'node:fs'

/** What `address()` tells: a TCP address, or the path of a Unix socket. */
export type ServedAddress =
  | { readonly address: string; readonly family: 'IPv4' | 'IPv6'; readonly port: number }
  | string

export interface TakenServerParts {
  readonly address: ServedAddress
  /** The same, once it is known; 'listening' waits for it. */
  readonly found?: Promise<ServedAddress>
  /** How many connections are open; undefined: nobody accepts for it, and it is closed at once. */
  readonly connections?: (() => number) | undefined
  /** The application has called `close`. */
  onClosing(): void
}

/** The members of net.Server that its own methods use and its types leave out; the same from Node 20 to 26. */
export type ListeningServer = EventEmitter & {
  _handle: unknown
  _pipeName?: string
  _unref?: boolean
  _connections: number
  _emitCloseIfDrained(): void
}

/** UV_READABLE and UV_WRITABLE of libuv. */
const READABLE = 1
const WRITABLE = 2

const taken = new WeakMap<object, TakenServer>()

export function takenServer(server: object): TakenServer | undefined {
  return taken.get(server)
}

export class TakenServer {
  readonly #server: ListeningServer
  #isClosing = false
  #ended: Promise<void> | undefined

  /** Makes the server listen for its application; 'listening' comes in a later tick, as node:net does it. */
  constructor(server: ListeningServer, { address, found, connections, onClosing }: TakenServerParts) {
    this.#server = server
    taken.set(server, this)
    const closing = (): void => {
      this.#isClosing = true
      onClosing()
    }
    server._handle = handleAt(server, address, closing)
    // What `getConnections` gives, and what `close` waits for.
    const open = (): number => {
      if (connections === undefined) return 0
      return this.#isClosing ? Math.max(1, connections()) : connections()
    }
    Object.defineProperty(server, '_connections', {
      configurable: true,
      get: () => (this.#ended === undefined ? open() : 0),
      set: () => undefined,
    })
    const listening = (): void => {
      if (server._handle !== null) server.emit('listening')
    }
    if (found === undefined) process.nextTick(listening)
    else
      found.then(
        at => {
          const mode = server._handle instanceof TakenHandle ? server._handle.mode : 0
          if (server._handle !== null) server._handle = handleAt(server, at, closing)
          process.nextTick(() => {
            if (mode !== 0 && typeof at === 'string' && !at.startsWith('\0')) openFor(at, mode)
            listening()
          })
        },
        // The master, which binds, reports that it cannot, and this worker ends.
        () => undefined,
      )
  }

  /** The last connection is gone: 'close' comes in a later tick. Resolves when its listeners are done, rejects with what one threw. */
  end(): Promise<void> {
    this.#ended ??= this.#end()
    return this.#ended
  }

  async #end(): Promise<void> {
    const server = this.#server
    const { _handle: handle } = server
    server._handle = null
    await new Promise<void>(resolve => process.nextTick(resolve))
    await callAll(server, 'close')
    // An application that calls `close` only now, because its process is told to end, is called back without an error.
    server._handle = handle
  }
}

/** As `emit`; resolves when the promises of all listeners have. */
export async function callAll(emitter: EventEmitter, event: string): Promise<void> {
  await Promise.all(emitter.rawListeners(event).map(listener => Reflect.apply(listener, emitter, [])))
}

function handleAt(server: ListeningServer, address: ServedAddress, onClose: () => void): TakenHandle {
  if (typeof address !== 'string') return new TakenTcpHandle(onClose, address)
  server._pipeName = address
  return new TakenHandle(onClose)
}

/** Gives all users the rights to the socket file. */
function openFor(path: string, mode: number): void {
  const more = ((mode & READABLE) === 0 ? 0 : 0o444) | ((mode & WRITABLE) === 0 ? 0 : 0o222)
  chmodSync(path, statSync(path).mode | more)
}

/** Stands where net.Server has libuv's handle. */
class TakenHandle {
  readonly fd = -1
  /** Of READABLE and WRITABLE. */
  mode = 0
  readonly #onClose: () => void

  constructor(onClose: () => void) {
    this.#onClose = onClose
  }

  ref(): void {}
  unref(): void {}

  /** `readableAll` and `writableAll`: what the application has bound gets these rights; what the operator names has those of its address. */
  fchmod(mode: number): number {
    this.mode = mode
    return 0
  }

  hasRef(): boolean {
    return true
  }

  getAsyncId(): number {
    return 0
  }

  close(done?: () => void): void {
    this.#onClose()
    if (done !== undefined) process.nextTick(done)
  }
}

class TakenTcpHandle extends TakenHandle {
  readonly #address: object

  constructor(onClose: () => void, address: object) {
    super(onClose)
    this.#address = address
  }

  getsockname(out: object): number {
    Object.assign(out, this.#address)
    return 0
  }
}
