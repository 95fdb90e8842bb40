// --balance=sticky: the same client to the same worker, by its address. Each client ranks the slots of the pool by a hash, and the first
// gets it (rendezvous hashing): a replacement has the clients of the worker that it replaces, and a new master (USR2) chooses as the one
// before. Who has come to another worker, because nobody was there or there were fewer slots, stays with that one: clients keep
// connections, and must not have some at one worker and some at another.

/** A slot that may get a connection. */
export interface StickyPlace {
  readonly slot: number
  /** Who serves there; undefined: nobody yet, but somebody soon. */
  readonly id: number | undefined
}

/** Clients that are remembered, those that came last: some 5 MB. */
const MOST_CLIENTS = 50_000

export class StickyClients {
  /** Client -> worker, the one that came last behind the others. */
  readonly #workers = new Map<string, number>()

  /** Where a connection of the client belongs. */
  placeOf(client: string, places: readonly StickyPlace[]): StickyPlace | undefined {
    const known = this.#workers.get(client)
    const kept = known === undefined ? undefined : places.find(({ id }) => id === known)
    const place = kept ?? firstPlace(client, places)
    this.#workers.delete(client)
    if (place?.id === undefined) return place
    this.#workers.set(client, place.id)
    const [oldest = client] = this.#workers.keys()
    if (this.#workers.size > MOST_CLIENTS) this.#workers.delete(oldest)
    return place
  }
}

/** The place that the client ranks first; undefined when there is none. Of several of one slot the last counts. */
export function firstPlace(client: string, places: readonly StickyPlace[]): StickyPlace | undefined {
  const seed = hash(client)
  let best: StickyPlace | undefined
  let most = -1
  for (const place of places) {
    const rank = mixed(seed ^ Math.imul(place.slot + 1, 0x9e3779b1))
    if (rank < most) continue
    most = rank
    best = place
  }
  return best
}

/**
 * What tells a client from others: its IPv4 address, or the 64 bits of an IPv6 address that its network has, because hosts change the
 * others (RFC 8981). Undefined where there is no address: on a Unix socket.
 */
export function clientOf(address: string | undefined): string | undefined {
  if (address === undefined || address === '') return undefined
  const mapped = address.lastIndexOf(':', address.indexOf('.'))
  if (address.includes('.')) return address.slice(mapped + 1)
  const [head = '', tail] = (address.split('%')[0] as string).split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail === undefined) return groups.slice(0, 4).join(':')
  const behind = tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - groups.length - behind.length }, () => '0')
  return [...groups, ...zeros, ...behind].slice(0, 4).join(':')
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value
}

/** The last steps of MurmurHash3: near addresses are far from each other. */
function mixed(value: number): number {
  let x = value
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
