// Where an application asks to listen, as node:net understands it.
import { hostWithPort } from '../../config/listen/address.ts'

export interface AskedAddress {
  readonly host: string | undefined
  /** Undefined for a Unix socket and for a descriptor. */
  readonly port: number | undefined
  readonly path: string | undefined
  readonly ipv6Only?: boolean | undefined
}

/** UV_TCP_IPV6ONLY of libuv. */
const IPV6_ONLY = 1

/** Of what net.Server hands to the method that listens. */
export function askedOf(
  address: string | null,
  port: number | null,
  fd: number | undefined,
  flags: number,
): AskedAddress {
  const hasPath = port === -1 && typeof address === 'string'
  const isTcp = !hasPath && port !== null && port >= 0 && fd === undefined
  return {
    host: isTcp ? (address ?? undefined) : undefined,
    port: isTcp ? port : undefined,
    path: hasPath ? address : undefined,
    ...((flags & IPV6_ONLY) !== 0 && { ipv6Only: true }),
  }
}

export function isSamePlace(asked: AskedAddress, first: AskedAddress | undefined): boolean {
  return asked.port !== undefined && asked.port !== 0 && asked.port === first?.port
}

export function placeOf({ host, port, path }: AskedAddress): string {
  if (path !== undefined) return `on "${path}"`
  if (port === undefined) return 'on a descriptor'
  return host === undefined ? `on port ${port}` : `on ${hostWithPort(host, port)}`
}
