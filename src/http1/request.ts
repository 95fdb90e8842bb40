// From the fields found to a request understood: target, Host, framing, persistence, Expect, Upgrade.

import type { FaultCode } from './faults.ts'
import type { FieldReader, Picked } from './field-reader.ts'
import { bodyLength } from './framing.ts'
import { listMembers } from './grammar.ts'
import { RequestHead } from './head.ts'
import { mayPersist } from './persistence.ts'
import { isAuthority, parseTarget } from './target.ts'

const NONE: readonly string[] = []

/** The head in `text`, which `reader` has just read to its end, or the fault that it has as a whole. */
export function understandHead(reader: FieldReader, text: string, bodyLimitBytes: number): RequestHead | FaultCode {
  const { offsets } = reader
  const method = reader.methodIn(text)
  const rawTarget = text.slice(reader.methodEnd + 1, reader.targetEnd)
  const minorVersion = reader.versionMinor === 0 ? 0 : 1

  const target = parseTarget(method, rawTarget)
  if (typeof target === 'string') return target

  const host = lastValue(text, offsets, reader.host)
  // RFC 9112 3.2: exactly one on 1.1; more than one is refused everywhere.
  if (host === undefined ? minorVersion === 1 : reader.host.count > 1 || !isAuthority(host)) return 'bad-host'

  const length = declaredLength(reader, text, minorVersion, bodyLimitBytes)
  if (typeof length === 'string') return length

  const expect = allValues(text, offsets, reader.expect, 'expect')
  const expectations = expect === undefined ? NONE : listMembers(expect)
  if (expectations.some(member => member !== '100-continue')) return 'unknown-expectation'

  const connection = allValues(text, offsets, reader.connection, 'connection')
  return new RequestHead({
    text,
    offsets,
    method,
    target: rawTarget,
    path: target.path,
    minorVersion,
    // RFC 9112 3.2.2: the authority of an absolute-form target replaces Host.
    authority: target.authority ?? host,
    bodyLength: length,
    isPersistent: mayPersist(minorVersion, connection),
    // RFC 9110 10.1.1: never to an HTTP/1.0 client, and not where no body follows.
    expectsContinue: expectations.length > 0 && minorVersion === 1 && length !== 0,
    upgrade: reader.upgrade.count > 0 ? wantedUpgrade(reader, text, connection, minorVersion) : undefined,
  })
}

function declaredLength(
  reader: FieldReader,
  text: string,
  minorVersion: 0 | 1,
  limitBytes: number,
): number | FaultCode {
  const { offsets, contentLength, transferEncoding } = reader
  if (contentLength.count > 1) return 'bad-content-length'
  const length = lastValue(text, offsets, contentLength)
  return bodyLength(minorVersion, length, allValues(text, offsets, transferEncoding, 'transfer-encoding'), limitBytes)
}

/** RFC 9110 7.8: Upgrade counts only when Connection names it, and never from HTTP/1.0. */
function wantedUpgrade(
  reader: FieldReader,
  text: string,
  connection: string | undefined,
  minorVersion: number,
): string | undefined {
  if (minorVersion === 0 || connection === undefined || !listMembers(connection).includes('upgrade')) return undefined
  return allValues(text, reader.offsets, reader.upgrade, 'upgrade')
}

function lastValue(text: string, offsets: readonly number[], picked: Picked): string | undefined {
  return picked.count === 0 ? undefined : text.slice(offsets[picked.index + 2], offsets[picked.index + 3])
}

function allValues(text: string, offsets: readonly number[], picked: Picked, name: string): string | undefined {
  if (picked.count < 2) return lastValue(text, offsets, picked)
  const values: string[] = []
  for (let at = 0; at < offsets.length; at += 4) {
    if (text.slice(offsets[at], offsets[at + 1]).toLowerCase() === name)
      values.push(text.slice(offsets[at + 2], offsets[at + 3]))
  }
  return values.join(', ')
}
