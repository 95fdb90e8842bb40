// Where the fields of proxies stand among the names of a head: worked out once for every list of names.
import type { FieldNames } from '../../http1/request/field-names.ts'
import type { RequestHead } from '../../http1/request/request-head.ts'

/** Numbers of the fields. */
export interface FieldPlaces {
  readonly forwarded: readonly number[]
  readonly for: readonly number[]
  readonly proto: readonly number[]
  readonly host: readonly number[]
  readonly port: readonly number[]
  /** All these, and others that tell of clients and that only proxies may send. */
  readonly all: readonly number[]
}

const NONE: FieldPlaces = { forwarded: [], for: [], proto: [], host: [], port: [], all: [] }

/** Places by known names. They go when the reader forgets the names. */
const known = new WeakMap<FieldNames, FieldPlaces>()

export function placesOf(names: FieldNames): FieldPlaces {
  if (names.newCount > 0) return findPlaces(names.lowerList)
  let places = known.get(names)
  if (places === undefined) {
    places = findPlaces(names.lowerList)
    known.set(names, places)
  }
  return places
}

function findPlaces(names: readonly string[]): FieldPlaces {
  const all = names.flatMap((name, i) => (isOfProxies(name) ? [i] : []))
  if (all.length === 0) return NONE
  const of = (wanted: string): number[] => all.filter(i => names[i] === wanted)
  return {
    forwarded: of('forwarded'),
    for: of('x-forwarded-for'),
    proto: of('x-forwarded-proto'),
    host: of('x-forwarded-host'),
    port: of('x-forwarded-port'),
    all,
  }
}

function isOfProxies(name: string): boolean {
  return name === 'forwarded' || name === 'x-real-ip' || name.startsWith('x-forwarded-')
}

/** The lines of a field, joined as a list is (RFC 9110 5.3); '' for none. */
export function joinedAt(head: RequestHead, places: readonly number[]): string {
  if (places.length <= 1) return places.length === 0 ? '' : head.value(places[0]!)
  return places.map(place => head.value(place)).join(', ')
}
