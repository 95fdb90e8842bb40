// Binds listening sockets in the master without accepting on them. The master keeps the descriptors for its whole life, so
// that a port queues connections even when every worker is gone; workers inherit the same open file description.

import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import { addressText, type ListenAddress, type TlsFiles } from '../../config/listen/address.ts'
import { describeBindError, showAddress } from './bind-errors.ts'
import { type BoundHandle, bindPipe, bindTcp, openBound } from './bound-handle.ts'
import { resolveHost } from './resolve-host.ts'
import { bindUnixPath, isStillOurs, removeOwnSocket, type SocketFile } from './unix-socket-file.ts'

/** A bound socket on which no process accepts yet. */
export interface BoundListener {
  /** With the port that the kernel chose, if it was 0. */
  readonly address: ListenAddress
  readonly fd: number
  /** The socket itself, where it has no descriptor (Windows). */
  readonly handle?: object | undefined
  /** All sockets of this address: one, or with SO_REUSEPORT one for each worker. */
  readonly fds: readonly number[]
  /** The address as it was asked for: with port 0, another one than in `address`. */
  readonly requested: string
  /** The file of a Unix socket that this server has to remove. */
  readonly file: SocketFile | undefined
  /** The host that it is bound to, as an IP address; '' for a Unix socket. */
  readonly host: string
  /** For people: `http://127.0.0.1:5000`, `https://[::1]:443`, `unix:/run/app.sock`, `unix:@name`. */
  readonly url: string
  /** It belongs to the parent (systemd, Server::Starter), and stays open when this server ends. */
  readonly isForeign: boolean
  /** Closes the descriptors; a second time does nothing. */
  close(): void
  /** Removes the socket file that it made. */
  unlink(): void
}

/** A socket that an older master of this server has bound, as it hands it over. */
export interface HandedSocket {
  /** The address that was asked for, as text. */
  readonly requested: string
  readonly address: ListenAddress
  /** The host of its URL. */
  readonly host: string
  readonly fd: number
  readonly file?: SocketFile
  /** Bound by that master's parent, see socket-activation.ts. */
  readonly isForeign: boolean
}

export interface BindOptions {
  /** Sockets for each TCP address, by SO_REUSEPORT; default 1, without it. */
  readonly copies?: number
  /** Sockets that an older master of this server has bound. */
  readonly inherited?: readonly HandedSocket[] | undefined
  /** False: no IPv6. True: no way without it. Undefined: both when the machine has both. */
  readonly ipv6?: boolean | undefined
}

/** Binds all of them, or none: after an error those that were bound are closed again. Throws ConfigError with EXIT.bind. */
export async function bindAll(
  addresses: readonly ListenAddress[],
  options: BindOptions = {},
): Promise<BoundListener[]> {
  const listeners: BoundListener[] = []
  try {
    for (const address of addresses) listeners.push(adopt(address, options.inherited) ?? (await bind(address, options)))
  } catch (error) {
    for (const listener of listeners) release(listener)
    throw error
  }
  return listeners
}

/** Closes it and removes the socket file that it made. */
export function release(listener: BoundListener): void {
  listener.unlink()
  listener.close()
}

/** Binds one address. Throws ConfigError with EXIT.bind and one sentence. */
export async function bind(address: ListenAddress, options: BindOptions = {}): Promise<BoundListener> {
  switch (address.kind) {
    case 'tcp':
      return await bindTcpAddress(address, options)
    case 'unix':
      return await bindUnixAddress(address)
    case 'abstract':
      return bindAbstractAddress(address)
  }
}

async function bindTcpAddress(address: ListenAddress & { kind: 'tcp' }, options: BindOptions): Promise<BoundListener> {
  const candidates = await resolveHost(address, options)
  let failure: unknown
  for (const candidate of candidates) {
    try {
      const { copies = 1 } = options
      const binding = { ...candidate, ipv6Only: address.ipv6Only === true, reusePort: copies > 1 }
      const handle = bindTcp({ ...binding, port: address.port })
      const others = Array.from({ length: copies - 1 }, () => bindTcp({ ...binding, port: handle.port }))
      const bound = { ...address, port: handle.port }
      return listener(address, bound, [handle, ...others], { host: candidate.host })
    } catch (error) {
      // A machine without IPv6 says so with one of these; then the IPv4 candidate behind it is tried. Any other error is final.
      failure ??= error
      if (!NO_SUCH_FAMILY.has(codeOf(error))) break
    }
  }
  throw cannotListen(address, failure)
}

const NO_SUCH_FAMILY: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'])

async function bindUnixAddress(address: ListenAddress & { kind: 'unix' }): Promise<BoundListener> {
  try {
    const { handle, file } = await bindUnixPath(address)
    return listener(address, address, [handle], { file })
  } catch (error) {
    throw cannotListen(address, error)
  }
}

function bindAbstractAddress(address: ListenAddress & { kind: 'abstract' }): BoundListener {
  try {
    return listener(address, address, [bindPipe(`\0${address.name}`)])
  } catch (error) {
    throw cannotListen(address, error)
  }
}

/** What an older master bound for this address; its file, if it has one, is ours to remove from now on. */
function adopt(requested: ListenAddress, inherited: readonly HandedSocket[] = []): BoundListener | undefined {
  return handedListener(showAddress(requested), inherited, requested.tls)
}

/** What was bound under this name. */
export function handedListener(
  name: string,
  handed: readonly HandedSocket[],
  tls?: TlsFiles,
): BoundListener | undefined {
  const all = handed.filter(({ requested }) => requested === name)
  const [found] = all
  if (found === undefined) return undefined
  const handles = all.map(({ fd }) => openBound(fd))
  const { isForeign, host, file } = found
  const address = withTls(found.address, tls)
  return { ...listener(address, address, handles, { host, file, isForeign }), requested: name }
}

/** A listener on a socket of our parent: its file is never removed. */
export function foreignListener(address: ListenAddress, handle: BoundHandle, host = ''): BoundListener {
  return listener(address, address, [handle], { host, isForeign: true })
}

export function withTls(address: ListenAddress, tls: TlsFiles | undefined): ListenAddress {
  return tls === undefined ? address : { ...address, tls }
}

function listener(
  requested: ListenAddress,
  address: ListenAddress,
  handles: readonly BoundHandle[],
  { host = '', file, isForeign = false }: Partial<Pick<BoundListener, 'host' | 'file' | 'isForeign'>> = {},
): BoundListener {
  // Once: when its socket is closed, the inode of a file can be that of another server's.
  let left = file
  const unlink = (): void => {
    if (left !== undefined) removeOwnSocket(left)
    left = undefined
  }
  const fds = handles.map(({ fd }) => fd)
  const open = [...handles]
  const close = (): void => {
    for (const handle of open.splice(0)) handle.close()
  }
  const url = urlOf(address, host)
  return {
    address,
    requested: showAddress(requested),
    fd: fds[0] ?? -1,
    fds,
    handle: handles[0]?.handle,
    file,
    host,
    url,
    isForeign,
    close,
    unlink,
  }
}

/** The error of a start whose socket file another server has replaced by its own. */
export function stolenSocket(listeners: readonly BoundListener[]): ConfigError | undefined {
  const stolen = listeners.find(({ file }) => file !== undefined && !isStillOurs(file))
  if (stolen === undefined) return undefined
  const reason = 'another server has put its socket there meanwhile, choose another path'
  return new ConfigError(`Cannot listen on "${stolen.requested}": ${reason}`, EXIT.bind)
}

function urlOf(address: ListenAddress, host: string): string {
  return addressText(address.kind === 'tcp' ? { ...address, host } : address)
}

function cannotListen(address: ListenAddress, error: unknown): ConfigError {
  if (error instanceof ConfigError) return error
  const message = `Cannot listen on "${showAddress(address)}": ${describeBindError(address, codeOf(error), error)}`
  return new ConfigError(message, EXIT.bind, { cause: error })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
