// Regular expressions as trees, as far as their cost is concerned: what reads a character is kept as it is written.

const QUANTIFIER = /(?:[*+?]|\{(\d+)(,(\d*))?\})\??/y
const GROUP = /\((?:\?(?:(<?[=!])|<[^=!>]+>|[\w-]*:))?/y
/** Also `^`, `$` and word boundaries, and what stands for an earlier group. */
const ATOM =
  /\[(?:\\.|[^\\\]])*\]|\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[a-zA-Z]|k<[^>]*>|[1-9]\d*|.)|[^\\[(|)]/suy

/**
 * The alternatives of an expression that V8 takes. Each is a list of `{ type: 'character', source }`, `{ type: 'group', alternatives }`,
 * `{ type: 'quantifier', element, min, max }` or `{ type: 'assertion', kind, alternatives }`, where `kind` is as it is written: `^`, `$`,
 * `\b`, `\B`, `=`, `!`, `<=` or `<!`. Throws for what is none of these.
 */
export function treeOf(pattern) {
  let at = 0
  const take = expression => {
    expression.lastIndex = at
    const found = expression.exec(pattern)
    if (found !== null) at = expression.lastIndex
    return found
  }

  function alternatives() {
    const all = [[]]
    while (at < pattern.length && pattern[at] !== ')') {
      if (pattern[at] === '|') {
        all.push([])
        at++
      } else all.at(-1).push(quantified(element()))
    }
    return all
  }

  function element() {
    const group = take(GROUP)
    if (group !== null) {
      const inside = alternatives()
      at++
      const kind = group[1]
      return kind === undefined
        ? { type: 'group', alternatives: inside }
        : { type: 'assertion', kind, alternatives: inside }
    }
    const source = take(ATOM)?.[0]
    if (source === undefined || /^\\(?:k<|[1-9])/.test(source))
      throw new Error(`${source ?? pattern.slice(at)} cannot be judged`)
    return /^(?:[$^]|\\[bB])$/.test(source) ? { type: 'assertion', kind: source } : { type: 'character', source }
  }

  function quantified(node) {
    const found = take(QUANTIFIER)
    if (found === null) return node
    const [text, least, more, most] = found
    const [min, max] =
      least === undefined ? SHORT[text[0]] : [Number(least), more === undefined ? least : most || Infinity]
    return { type: 'quantifier', element: node, min, max: Number(max) }
  }

  const tree = alternatives()
  if (at < pattern.length) throw new Error(`${pattern.slice(at)} cannot be judged`)
  return tree
}

const SHORT = { '*': [0, Infinity], '+': [1, Infinity], '?': [0, 1] }
