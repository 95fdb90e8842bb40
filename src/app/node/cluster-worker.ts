// node:cluster as it looks in a worker: libraries and programs that ask it do in a worker what is to be done there, and nothing that a
// primary does. Starlight is the primary, without being one of node:cluster: what that answers to `listen` is answered here.
import type { Worker } from 'node:cluster'
import type { Socket } from 'node:dgram'
import type { ListeningServer } from './taken-servers.ts'

export interface ClusterWorkerParts {
  /** `cluster.worker.id`. */
  readonly id: number
  /** The application wants this worker to end: `cluster.worker.disconnect()` and its other names. */
  leave(): void
}

/** The members of node:cluster that its types leave out, or call constant. */
type Cluster = Record<'isPrimary' | 'isMaster' | 'isWorker', boolean> & {
  worker: Worker | undefined
  Worker: new (options: { id: number; state: string }) => Worker
  fork: () => never
  _getServer?: (server: ListeningServer, query: object, listen: (error: number, handle: object) => void) => void
}

// Not imported: a server without an application that listens needs neither.
const cluster = (): Cluster => process.getBuiltinModule('node:cluster') as unknown as Cluster

/** What net.Server is given in place of the primary's handle; see `dropClusterHandle`. */
const NO_HANDLE = { close: () => undefined }

/** Workers of a worker would run Starlight's own program, and nobody would look after them. */
export function refuseForks(): void {
  cluster().fork = () => {
    throw new Error(
      'Cannot fork by node:cluster: Starlight is the primary and starts the workers (--workers), what the file does in a worker is needed alone',
    )
  }
  showNames()
}

/** To be called once, before the application is loaded; `dropClusterHandle` has to be called whenever a server listens. */
export function joinCluster(parts: ClusterWorkerParts): void {
  const module = cluster()
  Object.assign(module, { isPrimary: false, isMaster: false, isWorker: true, worker: workerOf(module, parts) })
  // node:net asks the primary for each handle; there is none, and the server listens on its own.
  module._getServer = (_server, _query, listen) => listen(0, NO_HANDLE)
  bindAlone()
  showNames()
}

/** Takes away from a server what it was given in place of a handle. */
export function dropClusterHandle(server: ListeningServer): void {
  if (server._handle === NO_HANDLE) server._handle = null
}

function workerOf({ Worker }: Cluster, { id, leave }: ClusterWorkerParts): Worker {
  const worker = new Worker({ id, state: 'listening' })
  const end = (): Worker => {
    worker.exitedAfterDisconnect = true
    leave()
    return worker
  }
  return Object.assign(worker, {
    process,
    disconnect: end,
    destroy: end,
    kill: end,
    isConnected: () => true,
    isDead: () => false,
    // The primary listens to nobody; a thread has no such function.
    send: (...given: [never]) => process.send?.(...given) ?? true,
  } as unknown as Partial<Worker>)
}

/** node:dgram would ask the primary for a handle unless it is told to bind on its own, as it does outside of node:cluster. */
function bindAlone(): void {
  const { Socket } = process.getBuiltinModule('node:dgram')
  type Bind = (this: Socket, ...given: readonly unknown[]) => Socket
  const prototype = Socket.prototype as unknown as { bind: Bind }
  const { bind } = prototype
  prototype.bind = function (this: Socket, first: unknown, ...rest: readonly unknown[]) {
    // A handle, which nobody is asked for.
    if (typeof first === 'object' && first !== null && 'recvStart' in first) return bind.call(this, first, ...rest)
    if (typeof first === 'object' && first !== null) return bind.call(this, { ...first, exclusive: true }, ...rest)
    const given = [first, ...rest]
    const done = given.filter(value => typeof value === 'function').slice(-1)
    const [port = 0, address] = given.filter(value => typeof value !== 'function')
    return bind.call(this, { port, address, exclusive: true }, ...done)
  }
}

/** For those who import by name. */
function showNames(): void {
  process.getBuiltinModule('node:module').syncBuiltinESMExports()
}
