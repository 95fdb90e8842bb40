// --balance=sticky: the same client to the same worker, by its address. Nothing is remembered: each client ranks the slots of the pool by
// a hash, and the first that has somebody who serves gets it (rendezvous hashing). So a replacement has the clients of the worker that
// it replaces, the others keep theirs, and a new master (USR2) chooses as the one before.

/** A worker that may get a connection. */
export interface StickyCandidate {
  readonly id: number
  readonly slot: number
}

/** Of the candidates the one that the client belongs to; undefined when there is none. Of several in one slot the last counts. */
export function workerFor(client: string, candidates: readonly StickyCandidate[]): number | undefined {
  const seed = hash(client)
  let best: number | undefined
  let most = -1
  for (const { id, slot } of candidates) {
    const rank = mixed(seed ^ Math.imul(slot + 1, 0x9e3779b1))
    if (rank < most) continue
    most = rank
    best = id
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
