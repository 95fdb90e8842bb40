// The head of a stream as every adapter knows heads: pseudo-header fields become method, target and authority (RFC 9113 8.3).
import type { FaultCode } from '../../http1/faults.ts'
import { isToken } from '../../http1/grammar.ts'
import type { Limits } from '../../http1/limits.ts'
import {
  type FieldNames,
  type KnownNames,
  NAMES_KEPT,
  NewNames,
  nextNumber,
  noNames,
  OWN_NAMES,
  type OwnFields,
  ownFields,
} from '../../http1/request/field-names.ts'
import { bodyLength, CHUNKED } from '../../http1/request/framing.ts'
import { RequestHead } from '../../http1/request/request-head.ts'
import { isAuthority, parseTarget } from '../../http1/request/target.ts'

const OWN_KEYS = new Map(Object.entries(OWN_NAMES).map(([key, name]) => [name, key as keyof OwnFields]))

/** As for heads of HTTP/1 (http1/request/fast-head-parser.ts): what a client may teach is bounded. */
const LEARNT_PER_HEAD = 4
const LEARNING = 16
const CREDIT_KEPT = NAMES_KEPT * LEARNING
let credit = CREDIT_KEPT

/** What stands in front of the fields. */
interface PseudoFields {
  method: string
  path: string | undefined
  authority: string | undefined
  protocol: string | undefined
}

interface Field {
  readonly name: string
  value: string
}

export class Http2RequestHead extends RequestHead {
  override get protocol(): string {
    return 'HTTP/2.0'
  }
}

/**
 * The head of the fields in `raw`, a flat list as `node:http2` gives it, or the fault that it has. `hasBody`: whether the stream goes on behind
 * it. What makes a message malformed by RFC 9113 8.2 (connection-specific fields, capitals, repeated pseudo-header fields) nghttp2 has
 * refused already.
 */
export function requestHeadOf(raw: readonly string[], hasBody: boolean, limits: Limits): RequestHead | FaultCode {
  const pseudo: PseudoFields = { method: '', path: undefined, authority: undefined, protocol: undefined }
  const fields = sortedFields(raw, pseudo, limits)
  if (typeof fields === 'string') return fields
  const isWebSocket = pseudo.method === 'CONNECT' && pseudo.protocol === 'websocket'
  if (!isToken(pseudo.method)) return 'bad-request-line'
  // RFC 8441 5: asked for with CONNECT, what HTTP/1.1 asks for with GET and Upgrade.
  const method = isWebSocket ? 'GET' : pseudo.method
  if (pseudo.path !== undefined && pseudo.path.length + method.length > limits.requestLineBytes)
    return 'request-line-too-long'
  const target = parseTarget(method, pseudo.path ?? '')
  if (typeof target === 'string') return target
  const host = fields.find(({ name }) => name === 'host')?.value
  const authority = pseudo.authority ?? host
  // RFC 9113 8.3.1: a Host that says something else is malformed.
  if (authority === undefined || !isAuthority(authority)) return 'bad-host'
  if (host === undefined) fields.unshift({ name: 'host', value: authority })
  else if (host.toLowerCase() !== authority.toLowerCase()) return 'bad-host'
  const length = declaredLength(fields, hasBody && !isWebSocket, limits)
  if (typeof length === 'string') return length
  const expect = fields.find(({ name }) => name === 'expect')?.value
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return 'unknown-expectation'
  if (isWebSocket) fields.push(...handshakeFields())
  return makeHead(fields, {
    method,
    target: pseudo.path ?? '',
    path: target.path,
    minorVersion: 1,
    authority,
    bodyLength: length,
    isPersistent: true,
    expectsContinue: length !== 0 && expect !== undefined,
    upgrade: isWebSocket ? 'websocket' : undefined,
  })
}

function sortedFields(raw: readonly string[], pseudo: PseudoFields, limits: Limits): Field[] | FaultCode {
  const fields: Field[] = []
  let cookie: Field | undefined
  let bytes = 0
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!
    const value = raw[i + 1]!
    bytes += name.length + value.length
    if (name.charCodeAt(0) === COLON) {
      takePseudo(pseudo, name, value)
    } else if (name === 'cookie' && cookie !== undefined) {
      // RFC 9113 8.2.3: crumbs of one field.
      cookie.value += `; ${value}`
    } else {
      if (name.length + value.length > limits.fieldBytes) return 'head-too-large'
      const field = { name, value }
      if (name === 'cookie') cookie = field
      fields.push(field)
    }
  }
  return fields.length > limits.fieldCount || bytes > limits.headBytes ? 'head-too-large' : fields
}

const COLON = 0x3a

function takePseudo(pseudo: PseudoFields, name: string, value: string): void {
  if (name === ':method') pseudo.method = value
  else if (name === ':path') pseudo.path = value
  else if (name === ':authority') pseudo.authority = value
  else if (name === ':protocol') pseudo.protocol = value.toLowerCase()
}

function declaredLength(fields: readonly Field[], hasBody: boolean, limits: Limits): number | FaultCode {
  if (!hasBody) return 0
  const declared = fields.find(({ name }) => name === 'content-length')?.value
  return declared === undefined ? CHUNKED : bodyLength(1, declared, undefined, limits.bodyBytes)
}

/** What libraries of HTTP/1.1 look for in a handshake (RFC 6455 4.2.1). Over HTTP/2 nobody looks at the answer to the key. */
function handshakeFields(): Field[] {
  // Not imported above: a megabyte for each worker, and most have no WebSockets over HTTP/2.
  const key = process.getBuiltinModule('node:crypto').randomBytes(16).toString('base64')
  return [
    { name: 'connection', value: 'Upgrade' },
    { name: 'upgrade', value: 'websocket' },
    { name: 'sec-websocket-key', value: key },
  ]
}

type HeadParts = Omit<ConstructorParameters<typeof RequestHead>[0], 'text' | 'names' | 'values'>

function makeHead(fields: readonly Field[], parts: HeadParts): RequestHead {
  const known = knownPart(fields)
  let text = ''
  const values: number[] = []
  const places: number[] = []
  for (let i = 0; i < fields.length; i++) {
    const { name, value } = fields[i]!
    if (i >= known.count) {
      places.push(text.length, text.length + name.length)
      text += name
    }
    values.push(text.length, text.length + value.length)
    text += value
  }
  const names = places.length === 0 ? known : newNames(known, fields, text, places)
  return new Http2RequestHead({ ...parts, text, names, values })
}

/** The longest list of first names that is known. Names that are sent often are learnt. */
function knownPart(fields: readonly Field[]): KnownNames {
  let known: KnownNames = noNames()
  const firstNew = nextNumber()
  for (const { name } of fields) {
    const learnt = nextNumber() - firstNew
    const next = known.after(name, learnt < LEARNT_PER_HEAD && credit >= LEARNING * (learnt + 1))
    if (next === undefined) break
    known = next
  }
  const learnt = nextNumber() - firstNew
  credit = Math.min(
    CREDIT_KEPT,
    credit - learnt * LEARNING + (known.count === fields.length && learnt === 0 ? LEARNING : 1),
  )
  return known
}

function newNames(known: KnownNames, fields: readonly Field[], text: string, places: readonly number[]): FieldNames {
  let { own, count } = known
  for (const { name } of fields.slice(known.count)) {
    own = ownFields({ own, count }, OWN_KEYS.get(name))
    count++
  }
  const names = new NewNames(known, own, places)
  names.text = text
  return names
}
