// A bound socket that does not accept, by the two ways that Node has. net.BoundSocket (24.19 and 26.4 on, Unix paths from
// 26.7) is the public one. Before it there is only net._createServerHandle, the function that node:cluster itself binds with;
// it is old, has an underscore, and is hidden in this file.
import net from 'node:net'
import util from 'node:util'
import { platform } from '../../platform.ts'

export interface BoundHandle {
  /** -1 on a system without descriptors of sockets. */
  readonly fd: number
  /** The socket itself, to listen on there; undefined where the descriptor is used. */
  readonly handle?: object | undefined
  /** 0 for a pipe. */
  readonly port: number
  close(): void
}

/** Where a TCP socket is bound. */
export interface SocketName {
  readonly host: string
  readonly port: number
}

export interface TcpBinding {
  readonly host: string
  readonly family: 4 | 6
  readonly port: number
  readonly ipv6Only: boolean
  /** SO_REUSEPORT: several sockets may have the same address. */
  readonly reusePort?: boolean
}

interface ServerHandle {
  readonly fd: number
  getsockname?(out: { address?: string; port?: number }): number
  close(): void
}

interface BoundSocket {
  fd(): number
  address(): { port: number }
  close(): void
}

interface NetInternals {
  readonly BoundSocket?: new (options: {
    host: string
    port: number
    ipv6Only: boolean
    reusePort?: boolean
  }) => BoundSocket
  _createServerHandle?(
    address: string | null,
    port: number | null,
    type: number,
    fd: number,
    flags: number,
  ): ServerHandle | number
}

/** The parts of node:net that its types do not have. */
const internals: NetInternals = net as NetInternals
/** UV_TCP_IPV6ONLY of libuv: stable since 0.12. */
const IPV6_ONLY = 1
/** UV_TCP_REUSEPORT of libuv 1.49. An older one would take it for nothing and fail at the second socket. */
const REUSE_PORT = 2

/** Whether sockets can share an address here. */
export function canReusePort(): boolean {
  const [major = 0, minor = 0] = process.versions.uv.split('.').map(Number)
  return platform.reusePort && (major > 1 || minor >= 49)
}

/** The handle itself, for `child.send`: it may be sent again and again, and is never closed here. */
export function sendableHandle(fd: number): object {
  return createHandle(null, null, -1, 0, fd)
}

/** Throws the system's error, with `code`: EADDRINUSE, EACCES... */
export function bindTcp(binding: TcpBinding): BoundHandle {
  return internals.BoundSocket === undefined || !platform.inheritsSockets
    ? bindTcpByHandle(binding)
    : bindTcpByBoundSocket(internals.BoundSocket, binding)
}

/** Binds a Unix path, or an abstract name that starts with NUL. */
export function bindPipe(path: string): BoundHandle {
  const handle = createHandle(path, -1, -1, 0)
  return { fd: handle.fd, port: 0, close: () => handle.close() }
}

function bindTcpByBoundSocket(Socket: NonNullable<NetInternals['BoundSocket']>, binding: TcpBinding): BoundHandle {
  const { host, port, ipv6Only, reusePort = false } = binding
  const socket = new Socket({ host, port, ipv6Only, ...(reusePort ? { reusePort } : {}) })
  return { fd: socket.fd(), port: socket.address().port, close: () => socket.close() }
}

function bindTcpByHandle({ host, family, port, ipv6Only, reusePort = false }: TcpBinding): BoundHandle {
  const handle = createHandle(host, port, family, (ipv6Only ? IPV6_ONLY : 0) | (reusePort ? REUSE_PORT : 0))
  // libuv keeps a busy port to itself until listen(), which the master never calls; getsockname() tells it now.
  const name: { port?: number } = {}
  const failure = handle.getsockname?.(name) ?? 0
  if (failure < 0) {
    handle.close()
    throw systemError(failure)
  }
  const own = platform.inheritsSockets ? {} : { handle }
  return { fd: handle.fd, ...own, port: name.port ?? port, close: () => handle.close() }
}

/** A socket that somebody else has bound, by its descriptor. Throws when it is no stream socket that can listen. */
export function openBound(fd: number): BoundHandle & { readonly name: SocketName | undefined } {
  const handle = createHandle(null, null, -1, 0, fd)
  const name: { address?: string; port?: number } = {}
  handle.getsockname?.(name)
  const { address, port } = name
  const isTcp = address !== undefined && port !== undefined
  return { fd, port: port ?? 0, name: isTcp ? { host: address, port } : undefined, close: () => handle.close() }
}

function createHandle(address: string | null, port: number | null, type: number, flags: number, fd = -1): ServerHandle {
  if (internals._createServerHandle === undefined) throw new Error('this Node has no way to bind without listening')
  const handle = internals._createServerHandle(address, port, type, fd, flags)
  if (typeof handle === 'number') throw systemError(handle)
  return handle
}

function systemError(errno: number): NodeJS.ErrnoException {
  const [code, text] = util.getSystemErrorMap().get(errno) ?? [`E${-errno}`, 'unknown error']
  return Object.assign(new Error(text), { code, errno })
}
