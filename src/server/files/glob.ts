// Patterns of paths. All ways through a pattern are followed side by side, so that no name takes long (a regular expression could).

/**
 * Whether `pattern` fits `path`, which begins with a slash. A pattern without a slash is one of the last segment. `*` stands for any
 * characters but a slash, `**` for any, `?` for one that is no slash.
 */
export function globFits(pattern: string, path: string): boolean {
  const tokens = pattern.match(/\*+|[^*]/gsu) ?? []
  const text = pattern.includes('/') ? path : path.slice(path.lastIndexOf('/') + 1)
  let places = reachable(tokens, [0])
  for (const letter of text) {
    const next = [...places].flatMap(place => step(tokens[place], place, letter))
    places = reachable(tokens, next)
  }
  return places.has(tokens.length)
}

/** Where the pattern is behind `letter`. */
function step(token: string | undefined, place: number, letter: string): readonly number[] {
  if (token === undefined) return []
  if (token.startsWith('*')) return letter !== '/' || token.length > 1 ? [place] : []
  return (token === '?' ? letter !== '/' : letter === token) ? [place + 1] : []
}

/** A star may stand for nothing. */
function reachable(tokens: readonly string[], from: readonly number[]): Set<number> {
  const places = new Set<number>()
  for (const start of from) {
    let place = start
    places.add(place)
    while (tokens[place]?.startsWith('*')) places.add(++place)
  }
  return places
}
