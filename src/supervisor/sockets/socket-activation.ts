// Sockets bound by our parent: Server::Starter (SERVER_STARTER_PORT) or systemd (LISTEN_FDS, sd_listen_fds(3)).
// They take the place of the addresses in the configuration, which only lends them its TLS files.
import { fstatSync, readlinkSync } from 'node:fs'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import type { ListenAddress } from '../../config/listen/address.ts'
import { START_ENVIRONMENT, takeVariable } from '../../config/sources/sources.ts'
import { reasonOf } from '../../config/thrown.ts'
import { platform } from '../../platform.ts'
import { unixSockets } from '../system/unix-socket-table.ts'
import { type BoundListener, foreignListener, type HandedSocket, withTls } from './bind.ts'
import { openBound } from './bound-handle.ts'

/** What is known of a socket before it is looked at. */
export interface InheritedSocket {
  /** The path or port in SERVER_STARTER_PORT, the name in LISTEN_FDNAMES. */
  readonly name: string
  readonly fd: number
}

/** The first descriptor of sd_listen_fds(3). */
const FIRST_FD = 3

/**
 * Undefined when there are none. Throws ConfigError with EXIT.bind. The variables are taken: children must not see them.
 * `inherited`: what an older master hands over; then the variables tell of its descriptors, not of ours.
 */
export function takeInheritedSockets(
  requested: readonly ListenAddress[],
  inherited?: readonly HandedSocket[],
): BoundListener[] | undefined {
  const starter = takeVariable('SERVER_STARTER_PORT')
  const [pid, count, names] = ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES'].map(takeVariable)
  if (inherited !== undefined) return handedOn(requested, inherited)
  const isForUs = pid !== undefined && Number(pid) === process.pid
  if (!platform.inheritsSockets && (starter || isForUs)) throw noDescriptors()
  const given = starter ? starterSockets(starter) : isForUs ? systemdSockets(Number(count), names) : []
  return given.length === 0 ? undefined : given.map(socket => listenerOf(socket, requested))
}

function noDescriptors(): ConfigError {
  const needed = 'none can be inherited here, --listen is needed'
  return new ConfigError(`Cannot use the sockets of SERVER_STARTER_PORT or LISTEN_FDS: ${needed}`, EXIT.usage)
}

/** Whether this process was started with some. */
export function hasGivenSockets(): boolean {
  const { SERVER_STARTER_PORT, LISTEN_PID, LISTEN_FDS } = START_ENVIRONMENT
  return Boolean(SERVER_STARTER_PORT) || (Number(LISTEN_PID) === process.pid && Number(LISTEN_FDS) > 0)
}

function handedOn(
  requested: readonly ListenAddress[],
  inherited: readonly HandedSocket[],
): BoundListener[] | undefined {
  const foreign = inherited.filter(({ isForeign }) => isForeign)
  if (foreign.length === 0) return undefined
  return foreign.map(({ address, fd, host }) =>
    foreignListener(withTls(address, tlsFor(address, requested)), openBound(fd), host),
  )
}

/** `127.0.0.1:80=4;/run/app.sock=5`, see Server::Starter: the number stands behind the last `=`. */
export function starterSockets(text: string): InheritedSocket[] {
  const parts = text.split(';').filter(part => part !== '')
  return parts.map(part => {
    const match = /^(.*)=(\d+)$/.exec(part)
    if (match === null) throw unusable(part, 'a name, "=" and a number of SERVER_STARTER_PORT are needed')
    return { name: match[1] ?? '', fd: Number(match[2]) }
  })
}

export function systemdSockets(count: number, names = ''): InheritedSocket[] {
  const list = names.split(':')
  return Array.from({ length: count || 0 }, (_, i) => ({ name: list[i] ?? '', fd: FIRST_FD + i }))
}

function listenerOf(socket: InheritedSocket, requested: readonly ListenAddress[]): BoundListener {
  // Before libuv looks: it aborts the process when it cannot watch what it was told to.
  const fault = whatElse(socket.fd)
  if (fault !== undefined) throw unusable(`${socket.name}=${socket.fd}`, fault, EXIT.usage)
  try {
    const handle = openBound(socket.fd)
    const address: ListenAddress =
      handle.name === undefined ? unixAddress(socket) : { kind: 'tcp', ...handle.name, host: shown(handle.name.host) }
    return foreignListener(withTls(address, tlsFor(address, requested)), handle, handle.name?.host)
  } catch (error) {
    throw unusable(`${socket.name}=${socket.fd}`, reasonOf(error))
  }
}

/** Why the descriptor is no socket; undefined if it is one. */
function whatElse(fd: number): string | undefined {
  try {
    return fstatSync(fd).isSocket() ? undefined : `descriptor ${fd} is not a socket`
  } catch {
    return `descriptor ${fd} is not open`
  }
}

/** The files of the same port or path; or of the first address, when all have some. */
export function tlsFor(address: ListenAddress, requested: readonly ListenAddress[]): ListenAddress['tls'] {
  const same = requested.find(other => placeOf(other) === placeOf(address))
  if (same !== undefined) return same.tls
  return requested.every(({ tls }) => tls !== undefined) ? requested[0]?.tls : undefined
}

function placeOf(address: ListenAddress): string | number {
  return address.kind === 'tcp' ? address.port : address.kind === 'unix' ? address.path : `@${address.name}`
}

/** The wildcard is no name that a server should have. */
function shown(host: string): string | undefined {
  return host === '0.0.0.0' || host === '::' ? undefined : host
}

function unixAddress({ name, fd }: InheritedSocket): ListenAddress {
  const path = boundPath(fd) ?? name
  return path.startsWith('@') ? { kind: 'abstract', name: path.slice(1) } : { kind: 'unix', path }
}

/** Where a Unix socket is bound, from proc(5); undefined where there is none. */
function boundPath(fd: number): string | undefined {
  if (!platform.procfs) return undefined
  try {
    const inode = /\d+/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[0]
    const path = unixSockets().find(row => row.inode === inode)?.path
    return path?.startsWith('@') ? withoutPadding(path) : path
  } catch {
    return undefined
  }
}

/** Zeros are shown as @; some programs fill an abstract name up with them. */
function withoutPadding(name: string): string {
  let end = name.length
  while (end > 2 && name[end - 1] === '@') end--
  return name.slice(0, end)
}

function unusable(socket: string, reason: string, code: number = EXIT.bind): ConfigError {
  return new ConfigError(`Cannot listen on the given socket "${socket}": ${reason}`, code)
}
