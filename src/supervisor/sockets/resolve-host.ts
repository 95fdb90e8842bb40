// Which addresses to try for a host, in order. The first that can be bound is taken.
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { ListenAddress } from '../../config/listen/address.ts'

export interface HostCandidate {
  readonly host: string
  readonly family: 4 | 6
}

const ANY_IPV4: HostCandidate = { host: '0.0.0.0', family: 4 }
const ANY_IPV6: HostCandidate = { host: '::', family: 6 }

/**
 * Candidates for `address.host`. No host means every interface: `::`, which takes IPv4 too, and `0.0.0.0` where the machine
 * has no IPv6. `ipv6` false leaves only IPv4, true only IPv6. Rejects with the resolver's error when a name has no address.
 */
export async function resolveHost(
  address: ListenAddress & { kind: 'tcp' },
  { ipv6 }: { ipv6?: boolean | undefined },
): Promise<HostCandidate[]> {
  const { host, ipv6Only } = address
  if (host === undefined || host === '*' || host === '') {
    if (ipv6 === false) return [ANY_IPV4]
    return ipv6 === true || ipv6Only === true ? [ANY_IPV6] : [ANY_IPV6, ANY_IPV4]
  }
  const family = isIP(host)
  if (family === 4 || family === 6) return [{ host, family }]
  return await resolveName(host, ipv6 === true || ipv6Only === true ? 6 : ipv6 === false ? 4 : undefined)
}

// A name is bound once, as every server does; `localhost` prefers 127.0.0.1, which all clients try.
async function resolveName(host: string, family: 4 | 6 | undefined): Promise<HostCandidate[]> {
  const found = await lookup(host, { all: true, ...(family === undefined ? {} : { family }) })
  const candidates = found.map(
    ({ address, family }): HostCandidate => ({ host: address, family: family === 6 ? 6 : 4 }),
  )
  return candidates.sort((a, b) => a.family - b.family)
}
