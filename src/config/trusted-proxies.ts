// --trusted-proxies: addresses, networks in CIDR notation (RFC 4632), and names for the usual ones.
import { isIP } from 'node:net'
import { ConfigError } from './errors.ts'

export type Network = 'unix' | { readonly address: string; readonly prefix: number; readonly family: 'ipv4' | 'ipv6' }

const NAMED: Readonly<Record<string, readonly string[]>> = {
  none: [],
  loopback: ['127.0.0.0/8', '::1'],
  // RFC 1918, RFC 6598 (shared address space), RFC 3927 and RFC 4291 (link-local), RFC 4193.
  private: [
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '100.64.0.0/10',
    '169.254.0.0/16',
    'fc00::/7',
    'fe80::/10',
  ],
}

/** `from`: the option's name in the message. Throws a ConfigError. */
export function trustedNetworks(members: readonly string[], from: string): Network[] {
  return members.flatMap(member => networksOf(member.trim(), from))
}

function networksOf(member: string, from: string): readonly Network[] {
  if (member === 'unix') return ['unix']
  if (Object.hasOwn(NAMED, member)) return NAMED[member]!.flatMap(network => networksOf(network, from))
  const [, address = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(member) ?? []
  const version = isIP(address)
  const bits = version === 6 ? 128 : 32
  const length = prefix === undefined ? bits : Number(prefix)
  if (version === 0 || address.includes('%') || length > bits) {
    throw new ConfigError(
      `Cannot use ${JSON.stringify(member)} for ${from}: an address, a network such as 10.0.0.0/8, or loopback, private, unix or none is needed`,
    )
  }
  return [{ address, prefix: length, family: version === 6 ? 'ipv6' : 'ipv4' }]
}
