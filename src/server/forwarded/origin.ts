// The scheme, host and port that a client has asked for, by what proxies say and its Host.
import { isAuthority } from '../../http1/request/target.ts'
import { copyOfText } from '../../memory/text-copy.ts'
import type { Claim } from './claim.ts'
import { portOf } from './node-name.ts'

export interface Origin {
  readonly isEncrypted: boolean
  /** Undefined: the request has none, and no proxy names one. */
  readonly authority: string | undefined
  /** Undefined: as the listener says. */
  readonly serverName: string | undefined
  readonly serverPort: string | undefined
}

/** `authority`: that of the request. `isEncrypted`: whether the connection is. */
export function originOf(
  { proto, host, port }: Pick<Claim, 'proto' | 'host' | 'port'>,
  authority: string | undefined,
  isEncrypted: boolean,
): Origin {
  const isSecure = isSecured(proto) ?? isEncrypted
  const named = host !== undefined && isAuthority(host) ? host : undefined
  const said = portOf(port)
  if (isSecured(proto) === undefined && named === undefined && said === undefined)
    return { isEncrypted, authority, serverName: undefined, serverPort: undefined }
  const fallback = isSecure ? 443 : 80
  const whole = named ?? authority
  const parts = whole === undefined ? undefined : partsOf(whole)
  // Clients leave the port of the scheme out, and proxies any port: then another field has it.
  const own = parts?.port ?? said ?? fallback
  const isBare = parts !== undefined && parts.port === undefined && own !== fallback
  return {
    isEncrypted: isSecure,
    authority: isBare ? `${parts.name}:${own}` : whole,
    serverName: parts?.name,
    serverPort: String(own),
  }
}

interface Parts {
  readonly name: string
  readonly port: number | undefined
}

// Most requests of a worker carry the same Host. A copy: a piece of a head holds all of it.
let lastAuthority = ''
let lastParts: Parts = { name: '', port: undefined }

function partsOf(authority: string): Parts {
  if (authority === lastAuthority) return lastParts
  const copy = copyOfText(authority)
  const [, name = copy, port = ''] = /^(.*?)(?::(\d*))?$/.exec(copy) ?? []
  lastParts = { name, port: port === '' ? undefined : Number(port) }
  lastAuthority = copy
  return lastParts
}

/** Undefined for what is no scheme of HTTP or WebSockets. */
function isSecured(proto: string | undefined): boolean | undefined {
  switch (proto?.toLowerCase()) {
    case 'https':
    case 'wss':
      return true
    case 'http':
    case 'ws':
      return false
    default:
      return undefined
  }
}
