// What trusted proxies say of a request's client. Lists are read from the right, where the nearest proxy has written, for as long as
// the hop before is trusted. What stands left of that anyone can have sent, and it changes nothing.
import { parametersOf, startOfElement } from './forwarded-element.ts'
import { type NodeName, parseNodeName } from './node-name.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

export interface Claim {
  /** The client, or the last trusted hop, which does not name its own; undefined: nobody has said anything. */
  readonly node: NodeName | undefined
  readonly proto: string | undefined
  readonly host: string | undefined
  readonly port: string | undefined
  /** What of the list was written by trusted proxies; '' for nothing. */
  readonly verified: string
}

/** Values of the fields, each with all its lines joined by commas; '' for none. */
export interface ForwardedLists {
  readonly for: string
  readonly proto: string
  readonly host: string
  readonly port: string
}

/** No chain of proxies is longer; a list that goes on is one that somebody made up. Empty members count. */
const MOST_MEMBERS = 32

/** By X-Forwarded-For, -Proto, -Host and -Port of a request that a trusted proxy has sent. */
export function claimByLists(lists: ForwardedLists, proxies: TrustedProxies): Claim {
  const list = lists.for
  let node: NodeName | undefined
  let hops = 0
  let start = list.length
  for (let members = 0, end = list.length; members < MOST_MEMBERS && end > 0; members++) {
    const comma = list.lastIndexOf(',', end - 1)
    const member = list.slice(comma + 1, end).trim()
    end = comma
    if (member === '') continue
    start = comma + 1
    hops++
    const next = parseNodeName(member)
    if (next === undefined) break
    node = next
    if (!proxies.has(next.address)) break
  }
  return {
    node,
    proto: memberOf(lists.proto, hops),
    host: memberOf(lists.host, hops),
    port: memberOf(lists.port, hops),
    verified: list.slice(start).trim(),
  }
}

/** The member that the proxy `hops` away has written: each has added one, or the last has replaced the field for all. */
function memberOf(list: string, hops: number): string | undefined {
  let found: string | undefined
  let left = Math.max(1, hops)
  for (let members = 0, end = list.length; members < MOST_MEMBERS && end > 0 && left > 0; members++) {
    const comma = list.lastIndexOf(',', end - 1)
    const member = list.slice(comma + 1, end).trim()
    end = comma
    if (member === '') continue
    found = member
    left--
  }
  return found
}

/** By Forwarded of a request that a trusted proxy has sent: of each parameter what the proxy nearest to the client says. */
export function claimByForwarded(list: string, proxies: TrustedProxies): Claim {
  let node: NodeName | undefined
  let proto: string | undefined
  let host: string | undefined
  let start = list.length
  for (let members = 0, end = list.length; members < MOST_MEMBERS && end > 0; members++) {
    const elementStart = startOfElement(list, end)
    const element = list.slice(elementStart, end).trim()
    end = elementStart - 1
    if (element === '') continue
    const parameters = parametersOf(element)
    if (parameters === undefined) break
    start = elementStart
    proto = parameters.get('proto') ?? proto
    host = parameters.get('host') ?? host
    const next = parseNodeName(parameters.get('for') ?? '')
    if (next === undefined) break
    node = next
    if (!proxies.has(next.address)) break
  }
  return { node, proto, host, port: undefined, verified: list.slice(start).trim() }
}
