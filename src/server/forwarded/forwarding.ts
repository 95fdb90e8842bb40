// What a request becomes by what proxies say of it: who the client is, and a head without what nobody trusted has written.
import type { Peer } from '../../app/handler.ts'
import { changedHead, type FieldChanges } from '../../http1/request/changed-head.ts'
import type { RequestHead } from '../../http1/request/request-head.ts'
import type { Log } from '../../log/log.ts'
import type { ForwardingSettings } from '../settings.ts'
import { type Claim, claimByForwarded, claimByLists } from './claim.ts'
import { type FieldPlaces, joinedAt, placesOf } from './field-places.ts'
import { ForwardedPeer } from './forwarded-peer.ts'
import { originOf } from './origin.ts'
import { withRequestId } from './request-id.ts'
import { TrustedProxies } from './trusted-proxies.ts'

/** A connection itself. */
type DirectPeer = Peer & { readonly isUnix: boolean }

export interface ForwardedRequest {
  readonly head: RequestHead
  readonly peer: Peer
}

export class Forwarding {
  readonly #settings: ForwardingSettings
  readonly #proxies: TrustedProxies
  readonly #log: Log
  #isContradictionTold = false

  constructor(settings: ForwardingSettings, log: Log) {
    this.#settings = settings
    this.#proxies = new TrustedProxies(settings.trusted)
    this.#log = log
  }

  /** Whether anything can come of a connection: without options only of one on a Unix socket. */
  concerns(peer: DirectPeer): boolean {
    return this.#settings.requestId || this.#isByProxies(peer)
  }

  /** A request of a connection that is concerned. Undefined: it stays as it is. */
  apply(head: RequestHead, peer: DirectPeer): ForwardedRequest | undefined {
    const forwarded = this.#isByProxies(peer) ? this.#forwarded(head, peer) : undefined
    if (!this.#settings.requestId) return forwarded
    const named = withRequestId(forwarded?.head ?? head, this.trusts(peer))
    return { head: named, peer: forwarded?.peer ?? peer }
  }

  #isByProxies({ isUnix }: DirectPeer): boolean {
    return this.#settings.isExplicit || (isUnix && this.#proxies.trustsUnix)
  }

  #forwarded(head: RequestHead, peer: DirectPeer): ForwardedRequest | undefined {
    const places = placesOf(head.names)
    if (places.all.length === 0) return undefined
    if (!this.trusts(peer)) return { head: changedHead(head, dropped(places.all), head.authority), peer }
    const claim = this.#claimOf(head, places)
    const { isExplicit } = this.#settings
    // Proxies that were set up before anybody believed X-Forwarded-Host pass on what clients send of it.
    const origin = originOf(
      isExplicit ? claim : { ...claim, host: undefined, port: undefined },
      head.authority,
      peer.isEncrypted,
    )
    const changed = isExplicit ? this.#verified(head, places, claim, origin.authority) : head
    return { head: changed, peer: new ForwardedPeer(peer, claim.node, origin) }
  }

  /** A TCP client that has left already has no address. Nothing makes it one of a Unix socket. */
  trusts({ isUnix, remoteAddress }: Pick<DirectPeer, 'isUnix' | 'remoteAddress'>): boolean {
    if (isUnix) return this.#proxies.trustsUnix
    return remoteAddress !== undefined && this.#proxies.has(remoteAddress)
  }

  get #isByLists(): boolean {
    return this.#settings.field === 'x-forwarded'
  }

  #claimOf(head: RequestHead, places: FieldPlaces): Claim {
    const claim = this.#claimBy(head, places, this.#isByLists)
    if (!this.#isContradictionTold && places.forwarded.length > 0 && places.for.length > 0)
      this.#compare(claim, this.#claimBy(head, places, !this.#isByLists))
    return claim
  }

  #claimBy(head: RequestHead, places: FieldPlaces, isByLists: boolean): Claim {
    if (!isByLists) return claimByForwarded(joinedAt(head, places.forwarded), this.#proxies)
    const lists = {
      for: joinedAt(head, places.for),
      proto: joinedAt(head, places.proto),
      host: joinedAt(head, places.host),
      port: joinedAt(head, places.port),
    }
    return claimByLists(lists, this.#proxies)
  }

  #compare({ node }: Claim, { node: other }: Claim): void {
    if (node?.address === other?.address) return
    this.#isContradictionTold = true
    const [believed, ignored] = this.#isByLists ? ['X-Forwarded-For', 'Forwarded'] : ['Forwarded', 'X-Forwarded-For']
    this.#log.warn(
      `A trusted proxy passes on X-Forwarded-For and Forwarded that name different clients: ${believed} (${node?.address ?? 'no address'}) is believed, ${ignored} (${other?.address ?? 'no address'}) is not; see --forwarded-field`,
    )
  }

  /**
   * Applications read these fields, too (Express with `trust proxy`): only what trusted proxies have written is left, and of the field
   * that is not believed nothing, which a client may have sent through a proxy that does not know it.
   */
  #verified(head: RequestHead, places: FieldPlaces, claim: Claim, authority: string | undefined): RequestHead {
    const changes: FieldChanges = new Map()
    if (this.#isByLists) {
      for (const place of places.forwarded) changes.set(place, undefined)
      keep(changes, head, places.for, claim.verified)
      keep(changes, head, places.proto, claim.proto)
      keep(changes, head, places.host, claim.host)
      keep(changes, head, places.port, claim.port)
    } else {
      for (const name of ['for', 'proto', 'host', 'port'] as const)
        for (const place of places[name]) changes.set(place, undefined)
      keep(changes, head, places.forwarded, claim.verified)
    }
    return changes.size === 0 && authority === head.authority ? head : changedHead(head, changes, authority)
  }
}

/** Leaves one line with `text` of a field. */
function keep(changes: FieldChanges, head: RequestHead, places: readonly number[], text: string | undefined): void {
  if (places.length === 0 || (places.length === 1 && head.value(places[0]!) === text)) return
  for (const [i, place] of places.entries()) changes.set(place, i === 0 && text !== '' ? text : undefined)
}

function dropped(places: readonly number[]): FieldChanges {
  return new Map(places.map(place => [place, undefined]))
}
