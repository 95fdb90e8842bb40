// The sockets of an application's further servers. Each is bound once and shared by all workers that ask for it, as node:cluster does it; it
// is closed when nobody has it any more.
import { existsSync } from 'node:fs'
import type { ListenAddress } from '../../config/listen/address.ts'
import { reasonOf } from '../../config/thrown.ts'
import { type BoundListener, bind, type HandedSocket, handedListener, release } from './bind.ts'
import { showAddress } from './bind-errors.ts'
import { sendableHandle } from './bound-handle.ts'
import { isStillOurs } from './unix-socket-file.ts'

/** One server of one worker. */
export interface SocketUser {
  readonly worker: number
  /** Among those of its worker. */
  readonly number: number
}

/** What can be sent to a worker, or why there is none. */
export interface SharedSocket {
  readonly handle?: object
  readonly failure: { readonly code: string; readonly message: string } | undefined
}

interface Entry {
  readonly listener: Promise<BoundListener>
  /** Once it is bound. */
  bound: BoundListener | undefined
  handle: object | undefined
  readonly users: Set<string>
}

/** Under such a name another master gets them (USR2), apart from those of the configuration. */
const PREFIX = 'shared '
/** More than any application has; each costs the master a descriptor. */
const MOST = 1000

export class SharedSockets {
  readonly #entries = new Map<string, Entry>()
  readonly #handed: readonly HandedSocket[]
  readonly #ownsFiles: () => boolean
  #isOver = false

  /** `ownsFiles`: whether the files of Unix sockets are not another master's. */
  constructor(handed: readonly HandedSocket[], ownsFiles: () => boolean) {
    this.#handed = handed
    this.#ownsFiles = ownsFiles
    for (const { requested } of handed) if (requested.startsWith(PREFIX)) this.#add(requested, undefined)
  }

  /** What another master is to get. */
  get listeners(): BoundListener[] {
    return [...this.#entries.values()].flatMap(({ bound }) => bound ?? [])
  }

  /** Never rejects. */
  async take(user: SocketUser, address: ListenAddress, ipv6?: boolean): Promise<SharedSocket> {
    const name = PREFIX + showAddress(address)
    this.#dropLost(name)
    const entry = this.#entries.get(name) ?? this.#add(name, address, ipv6)
    const key = keyOf(user)
    entry.users.add(key)
    try {
      const { fd } = await entry.listener
      entry.handle ??= sendableHandle(fd)
      return { handle: entry.handle, failure: undefined }
    } catch (error) {
      if (this.#entries.get(name) === entry) this.#entries.delete(name)
      return { failure: { code: codeOf(error), message: reasonOf(error) } }
    }
  }

  /** What is left of another master's once all workers serve: nobody asks for it. */
  closeUnused(): void {
    for (const [name, { bound, users }] of this.#entries)
      if (bound !== undefined && users.size === 0) this.#close(name, bound)
  }

  giveUp(user: SocketUser): void {
    this.#forget(key => key === keyOf(user), this.#ownsFiles())
  }

  /** The worker is gone. `closes`: what nobody else has is closed. */
  leave(worker: number, closes: boolean): void {
    // As long as another master has them as well, they could not be bound again.
    this.#forget(key => key.startsWith(`${worker} `), closes && this.#ownsFiles())
  }

  close(): void {
    this.#isOver = true
    for (const [name, { bound }] of this.#entries) if (bound !== undefined) this.#close(name, bound)
  }

  #add(name: string, address: ListenAddress | undefined, ipv6?: boolean): Entry {
    const entry: Entry = {
      listener: this.#open(name, address, ipv6),
      bound: undefined,
      handle: undefined,
      users: new Set(),
    }
    this.#entries.set(name, entry)
    entry.listener.then(
      bound => {
        entry.bound = bound
        if (this.#isOver) bound.close()
      },
      () => undefined,
    )
    return entry
  }

  async #open(name: string, address: ListenAddress | undefined, ipv6?: boolean): Promise<BoundListener> {
    const handed = address === undefined ? handedListener(name, this.#handed) : undefined
    if (handed !== undefined) return handed
    if (this.#isOver) throw new Error('the server stops')
    if (this.#entries.size >= MOST) throw Object.assign(new Error(`${MOST} servers at most`), { code: 'EMFILE' })
    return { ...(await bind(address as ListenAddress, { ipv6 })), requested: name }
  }

  #forget(isMeant: (key: string) => boolean, closes: boolean): void {
    for (const [name, entry] of this.#entries) {
      const before = entry.users.size
      for (const key of entry.users) if (isMeant(key)) entry.users.delete(key)
      if (before > 0 && entry.users.size === 0 && closes && entry.bound !== undefined) this.#close(name, entry.bound)
    }
  }

  #close(name: string, bound: BoundListener): void {
    this.#entries.delete(name)
    if (this.#ownsFiles()) release(bound)
    // See Sockets in master.ts.
    else if (bound.address.kind === 'tcp') bound.close()
  }

  /** Each worker removes the file before it listens, as one process alone would do it: then the last one has it. */
  #dropLost(name: string): void {
    const { bound } = this.#entries.get(name) ?? {}
    if (bound?.file === undefined || isStillOurs(bound.file)) return
    this.#entries.delete(name)
    // libuv removes what is there under the name when it closes the socket.
    if (!existsSync(bound.file.path)) bound.close()
  }
}

function keyOf({ worker, number }: SocketUser): string {
  return `${worker} ${number}`
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? ('code' in error ? error : error.cause) : undefined
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'EADDRINUSE'
}
