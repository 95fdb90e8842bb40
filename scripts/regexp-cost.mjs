// Whether a regular expression may take more than linear time. V8 backtracks: it tries, for every prefix of the text, every way in
// which the expression can read it. The expression becomes an automaton that reads what V8 reads, and the question becomes how many
// ways of reading one text there are (A. Weber, H. Seidl, "On the degree of ambiguity of finite automata", 1991):
//
//   exponentially many, when a state leads back to itself in two ways over one text            (a|a)*, (a*)*
//   polynomially many, when p leads to p, p to q and q to q, over one text, for two states     a*a*, and with the search: a+b
//
// The search for the place where a match begins is a state as well, `search`, which reads anything and stays. Assertions other than
// `^` and `$` are taken to hold, so some harmless expressions are called dear; the other way round there is no mistake known.
import { treeOf } from './regexp-tree.mjs'

/** A quantifier with limits is that many copies, up to so many. */
const COPIES = 16
/** Ways from one character to the next without a character between them; more are not counted. */
const WAYS = 10_000
/** One of each kind that expressions tell apart: Latin-1, and letters, spaces, line ends and others beyond. */
const SAMPLES = [
  ...Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)),
  ...'\u0130\u0131\u017f\u0391\u0660\u1680\u200b\u200d\u2028\u2029\u212a\u3042\ufeff\uffff',
]

/** Gives what makes the expression take more than linear time: 'exponential', 'polynomial', or undefined. Throws for what is not known. */
export function superLinear(pattern, flags = '') {
  const automaton = automatonOf(pattern, flags)
  const { nodes } = automaton
  const reach = nodes.map((_, from) => reached([from], at => successors(automaton, at)))
  const isOnLoop = at => successors(automaton, at).some(next => reach[next].has(at))
  const loops = nodes.map((_, at) => at).filter(isOnLoop)
  if (loops.some(at => leadsBackTwice(automaton, reach, at))) return 'exponential'
  const isPair = (from, to) => from !== to && reach[from].has(to)
  const isDear = loops.some(from => loops.some(to => isPair(from, to) && keepsReading(automaton, reach, from, to)))
  return isDear ? 'polynomial' : undefined
}

/**
 * Nodes are the characters of the expression, about to be read, and `search`. `edges[node][kind]`: which nodes may follow when the
 * text has a character of that kind, one entry for each way.
 */
function automatonOf(pattern, flags) {
  const states = new States(flags)
  const accept = states.add({ accepts: true })
  const start = states.choice(treeOf(pattern), accept)
  const starts = where => states.waysFrom(start, where)
  const nodes = states.all.filter(state => state.source !== undefined)
  for (const node of nodes) node.maySuffice = states.waysFrom(node.next).includes(accept)
  const searches = !flags.includes('y')
  const kinds = kindsOf(nodes, flags, searches)
  const numberOf = new Map(nodes.map((node, number) => [node, number]))
  const known = ways => ways.map(way => numberOf.get(way)).filter(number => number !== undefined)
  const edges = nodes.map(node => {
    const after = known(states.waysFrom(node.next))
    return kinds.map(sample => (matches(node, sample, flags) ? after : []))
  })
  if (searches) {
    const search = nodes.length
    nodes.push({ isSearch: true })
    const within = known(starts('within'))
    const afterLine = known(starts('line'))
    edges.push(kinds.map(sample => [search, ...(/[\n\r\u2028\u2029]/.test(sample) ? afterLine : within)]))
  }
  return { nodes, edges, kinds }
}

/** The expression as states, from its end to its beginning: `then` is what follows. */
class States {
  all = []
  #isMultiline
  #ways = new Map()

  constructor(flags) {
    this.#isMultiline = flags.includes('m')
    this.dead = this.add({ empty: [] })
  }

  add(state) {
    this.all.push(state)
    return state
  }

  choice(alternatives, then) {
    const firsts = alternatives.map(elements => elements.reduceRight((next, node) => this.#element(node, next), then))
    return firsts.length === 1 ? firsts[0] : this.add({ empty: firsts })
  }

  #element(node, then) {
    if (node.type === 'character') return this.add({ source: node.source, next: then })
    if (node.type === 'group') return this.choice(node.alternatives, then)
    return node.type === 'quantifier' ? this.#quantifier(node, then) : this.#assertion(node, then)
  }

  #quantifier({ element, min, max }, then) {
    let next = then
    if (max === Infinity) {
      const first = this.add({ empty: [] })
      // V8 refuses a round that read nothing: from the end of one to the next only when a character was read since it began.
      const again = this.add({ empty: [], roundsFrom: first })
      first.empty = [this.#element(element, again), then]
      again.empty = first.empty
      next = first
    } else {
      for (let i = 0; i < Math.min(max - min, COPIES); i++)
        next = this.add({ empty: [this.#element(element, next), then] })
    }
    for (let i = 0; i < Math.min(min, COPIES); i++) next = this.#element(element, next)
    return next
  }

  #assertion({ kind, alternatives }, then) {
    if (kind === '^') return this.add({ empty: [then], needs: this.#isMultiline ? 'line' : 'start' })
    if (kind === '$' && !this.#isMultiline) return this.dead
    // What is looked at is read again behind it.
    const looks = kind === '=' || kind === '!'
    if (alternatives !== undefined && !looks && isEndless(alternatives))
      throw new Error('a lookbehind without end cannot be judged')
    return this.add({ empty: looks ? [this.choice(alternatives, this.dead), then] : [then], isChecked: true })
  }

  /**
   * The characters, and the end of the match, that may come next, one entry for each way there. `where`: 'start' of the text, 'line',
   * the start of one, 'within' a line, or 'any'. The end counts only when no assertion has to hold for it.
   */
  waysFrom(state, where = 'any') {
    const key = `${this.all.indexOf(state)} ${where}`
    if (!this.#ways.has(key)) this.#ways.set(key, [...this.#walk(state, where, new Set(), false)].slice(0, WAYS))
    return this.#ways.get(key)
  }

  *#walk(state, where, passed, isChecked) {
    if (state.source !== undefined) yield state
    else if (state.accepts) {
      if (!isChecked) yield state
    } else if (!passed.has(state) && !passed.has(state.roundsFrom) && mayPass(state.needs, where)) {
      passed.add(state)
      for (const next of state.empty)
        yield* this.#walk(next, where, passed, isChecked || state.isChecked || state.needs)
      passed.delete(state)
    }
  }
}

function isEndless(alternatives) {
  return alternatives.flat().some(({ max, element, alternatives: inside = [] }) => {
    return max === Infinity || isEndless(element === undefined ? inside : [[element]])
  })
}

function mayPass(needs, where) {
  if (needs === undefined || where === 'start') return true
  return needs === 'line' && where !== 'within'
}

function matches(node, sample, flags) {
  node.test ??= new RegExp(`^(?:${node.source})$`, flags.replace(/[gyd]/g, ''))
  return node.test.test(sample)
}

/** One sample of each kind of character that the nodes tell apart. */
function kindsOf(nodes, flags, searches) {
  const found = new Map()
  for (const sample of SAMPLES) {
    const isLineEnd = searches && /[\n\r\u2028\u2029]/.test(sample)
    const kind = `${nodes.map(node => Number(matches(node, sample, flags))).join('')} ${isLineEnd}`
    if (!found.has(kind)) found.set(kind, sample)
  }
  return [...found.values()]
}

function successors({ edges }, at) {
  return [...new Set(edges[at].flat())]
}

/** Everything that `next` leads to from `starts`, without these unless it leads back. */
function reached(starts, next) {
  const found = new Set()
  const open = [...starts]
  while (open.length > 0) {
    for (const to of next(open.pop())) {
      if (found.has(to)) continue
      found.add(to)
      open.push(to)
    }
  }
  return found
}

/** Whether `at` leads back to itself in two ways over one text. */
function leadsBackTwice({ edges, kinds }, reach, at) {
  const isInLoop = node => node === at || (reach[at].has(node) && reach[node].has(at))
  const size = edges.length
  const back = new Map()
  let isDouble = false
  const next = pair => {
    const [a, b] = [Math.floor(pair / size), pair % size]
    const found = []
    for (let kind = 0; kind < kinds.length; kind++) {
      const [toA, toB] = [edges[a][kind].filter(isInLoop), edges[b][kind].filter(isInLoop)]
      if (a === b && new Set(toA).size < toA.length) isDouble = true
      for (const x of toA) for (const y of toB) found.push(x * size + y)
    }
    for (const to of found) back.set(to, (back.get(to) ?? new Set()).add(pair))
    return found
  }
  const start = at * size + at
  const forward = reached([start], next)
  if (isDouble) return true
  const returning = reached([start], pair => back.get(pair) ?? [])
  return [...forward].some(pair => returning.has(pair) && Math.floor(pair / size) !== pair % size)
}

/**
 * Whether one text leads `from` to itself, `from` to `to`, and `to` to itself. The search goes on only where no match was found: behind
 * a character that may be the last of a match, it is over.
 */
function keepsReading({ nodes, edges, kinds }, reach, from, to) {
  const size = edges.length
  const isIn = loop => node => node === loop || (reach[loop].has(node) && reach[node].has(loop))
  const [isFirst, isLast] = [isIn(from), isIn(to)]
  const isBetween = node => node === from || node === to || (reach[from].has(node) && reach[node].has(to))
  const mayFail = node => !nodes[from].isSearch || !nodes[node].maySuffice
  const next = triple => {
    const [a, b, c] = [Math.floor(triple / size / size), Math.floor(triple / size) % size, triple % size]
    const found = []
    for (let kind = 0; kind < kinds.length; kind++) {
      for (const x of edges[a][kind].filter(isFirst))
        for (const y of edges[b][kind].filter(isBetween).filter(mayFail))
          for (const z of edges[c][kind].filter(isLast).filter(mayFail)) found.push((x * size + y) * size + z)
    }
    return new Set(found)
  }
  return reached([(from * size + from) * size + to], next).has((from * size + to) * size + to)
}
