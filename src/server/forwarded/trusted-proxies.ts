// Which peers are proxies whose word is taken for who their client is (--trusted-proxies).
import { BlockList, isIPv6 } from 'node:net'
import { copyOfText } from '../../memory/text-copy.ts'
import type { TrustedNetwork } from '../settings.ts'

/** The proxies of a server are few; clients, which are none, come and go. */
const KEPT = 1000

export class TrustedProxies {
  /** Whether clients on a Unix socket are trusted. */
  readonly trustsUnix: boolean
  readonly #networks = new BlockList()
  readonly #known = new Map<string, boolean>()

  constructor(networks: readonly TrustedNetwork[]) {
    this.trustsUnix = networks.includes('unix')
    for (const network of networks) {
      if (network === 'unix') continue
      this.#networks.addSubnet(network.address, network.prefix, network.family)
    }
  }

  /** A zone (`%eth0`) does not count. */
  has(address: string): boolean {
    let isTrusted = this.#known.get(address)
    if (isTrusted === undefined) {
      const [bare = ''] = address.split('%', 1)
      isTrusted = this.#networks.check(bare, isIPv6(bare) ? 'ipv6' : 'ipv4')
      if (this.#known.size >= KEPT) this.#known.clear()
      this.#known.set(copyOfText(address), isTrusted)
    }
    return isTrusted
  }
}
