// From the fields found to a request understood: target, Host, framing, persistence, Expect, Upgrade.

import type { FaultCode } from '../faults.ts'
import { hasMember, someMember } from '../grammar.ts'
import { mayPersist } from '../persistence.ts'
import type { FastHeadParser } from './fast-head-parser.ts'
import { ABSENT, OWN_NAMES, type OwnFields, SEVERAL } from './field-names.ts'
import { bodyLength } from './framing.ts'
import { RequestHead } from './request-head.ts'
import { isAuthority, parseTarget } from './target.ts'

/**
 * The head that `scan` has just read, or the fault that it has as a whole. `line`: a text that begins with its request line;
 * `text`: the one in which its values are (see `FastHeadParser.take`).
 */
export function interpretHead(
  scan: FastHeadParser,
  line: string,
  text: string,
  bodyBytes: number,
): RequestHead | FaultCode {
  const { method, minorVersion, names, values, host } = scan
  const { own } = names
  const rawTarget = line.slice(scan.methodEnd + 1, scan.targetEnd)

  const target = parseTarget(method, rawTarget)
  if (typeof target === 'string') return target

  // RFC 9112 3.2: exactly one on 1.1; more than one is refused everywhere.
  if (host === undefined ? minorVersion === 1 || own.host === SEVERAL : !isAuthority(host)) return 'bad-host'

  const length = declaredLength(scan, text, bodyBytes)
  if (typeof length === 'string') return length

  const expect = listedValue(scan, text, 'expect')
  if (expect !== undefined && someMember(expect, member => member !== '100-continue')) return 'unknown-expectation'

  const connection = listedValue(scan, text, 'connection')
  return new RequestHead({
    text,
    names,
    values,
    method,
    target: rawTarget,
    path: target.path,
    minorVersion,
    // RFC 9112 3.2.2: the authority of an absolute-form target replaces Host.
    authority: target.authority ?? host,
    bodyLength: length,
    isPersistent: mayPersist(minorVersion, connection),
    // RFC 9110 10.1.1: never to an HTTP/1.0 client, and not where no body follows.
    expectsContinue: minorVersion === 1 && length !== 0 && expect !== undefined && hasMember(expect, '100-continue'),
    upgrade: own.upgrade === ABSENT ? undefined : wantedUpgrade(scan, text, connection),
  })
}

function declaredLength(scan: FastHeadParser, text: string, limitBytes: number): number | FaultCode {
  if (!scan.hasBody) return 0
  if (scan.names.own.contentLength === SEVERAL) return 'bad-content-length'
  const codings = listedValue(scan, text, 'transferEncoding')
  return bodyLength(scan.minorVersion, listedValue(scan, text, 'contentLength'), codings, limitBytes)
}

/** RFC 9110 7.8: Upgrade counts only when Connection names it, and never from HTTP/1.0. */
function wantedUpgrade(scan: FastHeadParser, text: string, connection: string | undefined): string | undefined {
  if (scan.minorVersion === 0 || connection === undefined) return undefined
  return hasMember(connection, 'upgrade') ? listedValue(scan, text, 'upgrade') : undefined
}

/** Several lines are one list (RFC 9110 5.3). */
function listedValue({ names, values }: FastHeadParser, text: string, key: keyof OwnFields): string | undefined {
  const i = names.own[key]
  if (i >= 0) return text.slice(values[i * 2], values[i * 2 + 1])
  if (i === ABSENT) return undefined
  const wanted = OWN_NAMES[key]
  const lines = names.lowerList.flatMap((name, i) =>
    name === wanted ? [text.slice(values[i * 2], values[i * 2 + 1])] : [],
  )
  return lines.join(', ')
}
