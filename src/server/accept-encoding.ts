// Accept-Encoding (RFC 9110 12.5.3): which codings a client takes, and how gladly.

import { someMember } from '../http1/grammar.ts'
import { copyOfText } from '../memory/text-copy.ts'

export type Coding = 'br' | 'gzip' | 'zstd'

/** Quality by coding, 0 to 1; 0: it is not to be sent. */
export interface AcceptedCodings {
  readonly br: number
  readonly gzip: number
  readonly zstd: number
  readonly identity: number
}

const NONE: AcceptedCodings = { br: 0, gzip: 0, zstd: 0, identity: 1 }

/** Clients have few of these fields. */
const KEPT = 100
const LONGEST_KEPT = 200
const known = new Map<string, AcceptedCodings>()

/** `field`: the value; undefined without the field. */
export function acceptedCodings(field: string | undefined): AcceptedCodings {
  if (field === undefined || field === '') return NONE
  const found = known.get(field)
  if (found !== undefined) return found
  const accepted = parse(field)
  if (field.length > LONGEST_KEPT) return accepted
  if (known.size >= KEPT) known.clear()
  // A copy: a piece of a head would hold all of it.
  known.set(copyOfText(field), accepted)
  return accepted
}

/** The one of `codings`, the best first, that the client likes most; undefined: the content as it is. */
export function chooseCoding<C extends Coding>(accepted: AcceptedCodings, codings: readonly C[]): C | undefined {
  let best: C | undefined
  for (const coding of codings) if (accepted[coding] > (best === undefined ? 0 : accepted[best])) best = coding
  return best !== undefined && accepted[best] >= accepted.identity ? best : undefined
}

function parse(field: string): AcceptedCodings {
  const said: { -readonly [K in keyof AcceptedCodings]?: number } = {}
  let others: number | undefined
  someMember(field, member => {
    const [name = '', ...parameters] = member.split(';').map(part => part.trim())
    const quality = qualityOf(parameters)
    if (name === '*') others = quality
    else {
      const coding = name === 'x-gzip' ? 'gzip' : name
      if (isKnown(coding)) said[coding] ??= quality
    }
    return false
  })
  const rest = others ?? 0
  // Content as it is is what is left when nothing better is: only a quality of its own makes it better.
  const identity = said.identity ?? (others === 0 ? 0 : Number.MIN_VALUE)
  return { br: said.br ?? rest, gzip: said.gzip ?? rest, zstd: said.zstd ?? rest, identity }
}

function isKnown(name: string): name is keyof AcceptedCodings {
  return name === 'br' || name === 'gzip' || name === 'zstd' || name === 'identity'
}

/** 0 for what is no quality: what a client has written badly it may not mean. */
function qualityOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    if (!parameter.startsWith('q')) continue
    const [, value] = /^q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(parameter) ?? []
    return value === undefined ? 0 : Number(value)
  }
  return 1
}
