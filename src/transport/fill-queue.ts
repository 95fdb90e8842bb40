// Fills the queue of a listening socket with connections of our own, so that the kernel accepts no client that would then be reset.
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { platform } from '../platform.ts'
import type { StreamHandle } from './libuv-streams.ts'

/**
 * Short, so that clients who go on connecting are soon put off (TCP tries again after 1 s), and as many connections and one
 * more fill it. With still less, Linux would answer all but the first SYN with cookies, which leave no trace.
 */
const BACKLOG = 4
/** sk_acceptq_is_full of Linux compares with "greater than". */
const PLACES = BACKLOG + 1
/** Row of proc(5) in the state TCP_SYN_RECV, from its local port on. */
const SYN_RECEIVED = /:([0-9A-F]{4}) [0-9A-F]{8,32}:[0-9A-F]{4} 03 /g

/** libuv's handle of a listening TCP socket. */
interface ListeningHandle {
  listen(backlog: number): number
}

/** Lets hardly anybody into the queue of `server`, which listens on TCP, any more. Who is in it stays. */
export function shortenQueue(server: Server): void {
  handleOf<ListeningHandle>(server).listen(BACKLOG)
}

/**
 * Fills the queue that was shortened, and calls `close` if nothing but our own is in it. Others who connect are then not
 * answered by the kernel, and refused as soon as the socket is closed. Gives what kept it from that, if anything did: somebody is
 * in the queue, or the kernel has answered one who is on the way into it.
 */
export async function closeFilled(server: Server, close: () => void): Promise<'waiting' | 'handshake' | undefined> {
  const { address, port } = server.address() as AddressInfo
  const own = Array.from({ length: PLACES }, () => connect({ host: reachable(address), port }))
  for (const socket of own) socket.on('error', () => undefined)
  // Net connects at the next tick, and nothing is accepted before the next turn: the queue stays as it is seen here.
  await new Promise<void>(resolve => process.nextTick(resolve))
  const obstacle = !own.every(isConnected) ? 'waiting' : hasHandshake(port) ? 'handshake' : undefined
  if (obstacle === undefined) close()
  for (const socket of own) socket.destroy()
  return obstacle
}

/** Whether the handshake is over: on the same machine it is when connect(2) comes back. Net finds out later. */
function isConnected(socket: Socket): boolean {
  return handleOf<StreamHandle | null>(socket)?.getpeername?.({}) === 0
}

/**
 * Whether the kernel has answered a client who is not in the queue yet. A busy machine's table has tens of thousands of rows of closed
 * connections (TIME_WAIT): they are searched as one text.
 */
function hasHandshake(port: number): boolean {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  return ['/proc/net/tcp', '/proc/net/tcp6'].some(file =>
    [...readTable(file).matchAll(SYN_RECEIVED)].some(([, local]) => local === wanted),
  )
}

function readTable(file: string): string {
  if (!platform.procfs) return ''
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return '' // no IPv6, or /proc is hidden: then the short time of a handshake is not looked after
  }
}

function handleOf<Handle>(holder: Server | Socket): Handle {
  return (holder as unknown as { readonly _handle: Handle })._handle
}

function reachable(address: string): string {
  return address === '::' ? '::1' : address === '0.0.0.0' ? '127.0.0.1' : address
}
