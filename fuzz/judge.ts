// A second opinion on what the core accepted, from its printed events alone and with none of its code: slow regular
// expressions that follow the RFCs' grammar word by word.

import type { Limits } from '../src/http1/limits.ts'

const TCHAR = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]"
const REQUEST = new RegExp(`^request (${TCHAR}+) ([\\x21\\x22\\x24-\\x7e]+) HTTP/1\\.([01])$`)
const FIELD = new RegExp(`^(?:  field|trailer) (${TCHAR}+):(?: ([^\\x00-\\x08\\x0a-\\x1f\\x7f]*))?$`)
const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%]+)(:[0-9]*)?$/

/** What is wrong with `events`; undefined when nothing is. */
export function judge(events: readonly string[], limits: Limits): string | undefined {
  let fields: (readonly [string, string])[] = []
  for (const [i, event] of events.entries()) {
    const word = event.trimStart().split(' ')[0]!
    if (word === 'request') {
      fields = fieldsBehind(events, i)
      const objection = judgeHead(event, fields, limits)
      if (objection !== undefined) return objection
    } else if (word === 'body' && event.length - 'body '.length > limits.bodyBytes) {
      return 'A body over the limit'
    } else if (word === 'trailer' && !FIELD.test(event)) {
      return 'A bad trailer'
    } else if (['fault', 'closed', 'cut'].includes(word) && i !== events.length - 1) {
      return 'Events behind the last one'
    } else if (
      event === 'end keep-alive' &&
      valuesOf(fields, 'connection').some(value => /(^|,)[ \t]*close[ \t]*(,|$)/i.test(value))
    ) {
      return 'A connection lives on behind "close"'
    } else if (event === 'end close' && i !== events.length - 1 && !/^(closed|cut)$/.test(events[i + 1]!)) {
      return 'Something is read behind "close"'
    }
  }
  return undefined
}

function fieldsBehind(events: readonly string[], start: number): (readonly [string, string])[] {
  const fields: (readonly [string, string])[] = []
  for (let i = start + 1; events[i]?.startsWith('  ') === true; i++) {
    const parts = FIELD.exec(events[i]!)
    if (events[i]!.startsWith('  field'))
      fields.push(parts === null ? ['', 'bad'] : [parts[1]!.toLowerCase(), parts[2] ?? ''])
  }
  return fields
}

const valuesOf = (fields: readonly (readonly [string, string])[], name: string) =>
  fields.filter(([key]) => key === name).map(([, value]) => value)

function judgeHead(event: string, fields: readonly (readonly [string, string])[], limits: Limits): string | undefined {
  const line = REQUEST.exec(event)
  if (line === null) return 'A bad request line'
  const [, method, target, minor] = line
  if (event.length - 'request '.length > limits.requestLineBytes) return 'A request line over the limit'
  if (method === 'CONNECT' || target!.includes('%00')) return 'A bad target'
  if (!/^(\/|https?:\/\/[^/?@]+(?:[/?]|$))/i.test(target!) && !(target === '*' && method === 'OPTIONS'))
    return 'A target of no form'
  if (fields.some(([name]) => name === '')) return 'A bad field'
  if (fields.some(([, value]) => /^[ \t]|[ \t]$/.test(value))) return 'White space around a value'
  if (fields.length > limits.fieldCount) return 'Too many fields'
  const hosts = valuesOf(fields, 'host')
  if (hosts.length > 1 || (minor === '1' && hosts.length === 0) || hosts.some(host => !HOST.test(host)))
    return 'A bad Host'
  return judgeFraming(minor!, valuesOf(fields, 'content-length'), valuesOf(fields, 'transfer-encoding'), limits)
}

function judgeFraming(
  minor: string,
  lengths: readonly string[],
  codings: readonly string[],
  limits: Limits,
): string | undefined {
  if (lengths.length + codings.length > 1) return 'Framed twice'
  if (codings.length > 0 && (minor === '0' || codings[0]!.toLowerCase() !== 'chunked')) return 'A bad Transfer-Encoding'
  if (lengths.length > 0 && (!/^[0-9]+$/.test(lengths[0]!) || BigInt(lengths[0]!) > BigInt(limits.bodyBytes)))
    return 'A bad Content-Length'
  return undefined
}
