// Which certificate a client gets for the name that it asks for (SNI, RFC 6066 3). Pure.

interface Named {
  readonly names: readonly string[]
}

/** The first one with that very name, else the first one with a wildcard for it (RFC 6125 6.4.3: one label, the leftmost), else the first. */
export function pairFor<Pair extends Named>(pairs: readonly [Pair, ...Pair[]], name: string): Pair {
  const asked = name.toLowerCase().replace(/\.$/, '')
  const dot = asked.indexOf('.')
  const wildcard = dot > 0 ? `*${asked.slice(dot)}` : undefined
  const has = (wanted: string) => (pair: Pair) => pair.names.includes(wanted)
  const found = pairs.find(has(asked)) ?? (wildcard === undefined ? undefined : pairs.find(has(wildcard)))
  return found ?? pairs[0]
}
