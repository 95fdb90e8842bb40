// A head with other fields than the client sent: a proxy's fields are believed, cut or removed before an application sees them.
import { ABSENT, type FieldNames, type KnownNames, NewNames, noNames, OWN_KEYS, ownFields } from './field-names.ts'
import type { RequestHead } from './request-head.ts'

/** New values by number of field; undefined removes it. */
export type FieldChanges = Map<number, string | undefined>

export interface Field {
  readonly name: string
  readonly value: string
}

/**
 * `head` with `changes`, with the fields `added` behind the others, and with `authority`, which is then its Host as well. Framing and
 * persistence stay what they were.
 */
export function changedHead(
  head: RequestHead,
  changes: FieldChanges,
  authority: string | undefined,
  added: readonly Field[] = [],
): RequestHead {
  const host = authority === head.authority ? undefined : authority
  const fields = [...changedFields(head, changes, host), ...added]
  let text = ''
  const values: number[] = []
  const places: number[] = []
  for (const { name, value } of fields) {
    places.push(text.length, text.length + name.length)
    text += `${name}:`
    values.push(text.length, text.length + value.length)
    text += value
  }
  const isKnown = head.names.newCount === 0
  const isSame = fields.length === head.fieldCount && added.length === 0
  const names = isKnown && isSame ? head.names : namesOf(fields, text, places, isKnown)
  const { method, target, path, minorVersion, bodyLength, isPersistent, expectsContinue, upgrade } = head
  const rest = { method, target, path, minorVersion, bodyLength, isPersistent, expectsContinue, upgrade }
  return head.changed({ ...rest, text, names, values, authority })
}

/** `host` undefined: it stays. */
function changedFields(head: RequestHead, changes: FieldChanges, host: string | undefined): Field[] {
  const fields: Field[] = []
  const hostAt = head.names.own.host
  for (let i = 0; i < head.fieldCount; i++) {
    const value = host !== undefined && i === hostAt ? host : changes.has(i) ? changes.get(i) : head.value(i)
    if (value !== undefined) fields.push({ name: head.name(i), value })
  }
  // HTTP/1.0 may come without one.
  if (host !== undefined && hostAt === ABSENT) fields.push({ name: 'Host', value: host })
  return fields
}

/**
 * The known list of these names; where that ends the others are new. Only a list that was learnt whole is learnt without some of its
 * names: how much one client may teach has been decided when the head was read.
 */
function namesOf(fields: readonly Field[], text: string, places: readonly number[], mayLearn: boolean): FieldNames {
  let known: KnownNames = noNames()
  for (const [i, { name }] of fields.entries()) {
    const next = known.after(name, mayLearn)
    if (next === undefined) return newNames(known, fields.slice(i), text, places.slice(2 * i))
    known = next
  }
  return known
}

function newNames(known: KnownNames, fields: readonly Field[], text: string, places: readonly number[]): NewNames {
  let { own, count } = known
  for (const { name } of fields) {
    own = ownFields({ own, count }, OWN_KEYS.get(name.toLowerCase()))
    count++
  }
  const names = new NewNames(known, own, places)
  names.text = text
  return names
}
