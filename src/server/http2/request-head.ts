// The head of a stream as every adapter knows heads: pseudo-header fields become method, target and authority (RFC 9113 8.3).
import type { FaultCode } from '../../http1/faults.ts'
import { isToken } from '../../http1/grammar.ts'
import type { Limits } from '../../http1/limits.ts'
import {
  type FieldNames,
  type KnownNames,
  NAMES_KEPT,
  nextNumber,
  noNames,
  OWN_KEYS,
  type OwnFields,
  ownFields,
} from '../../http1/request/field-names.ts'
import { bodyLength, CHUNKED } from '../../http1/request/framing.ts'
import { RequestHead } from '../../http1/request/request-head.ts'
import { isAuthority, parseTarget } from '../../http1/request/target.ts'

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

/** Names and values in their order, names in lower case as HTTP/2 has them. */
interface Fields {
  readonly names: string[]
  readonly values: string[]
}

/** Names of which some are not known: the list is there already. */
class ListedNames implements FieldNames {
  readonly count: number
  readonly own: OwnFields
  readonly newCount: number
  readonly list: readonly string[]

  constructor(known: KnownNames, list: readonly string[]) {
    let { own, count } = known
    for (; count < list.length; count++) own = ownFields({ own, count }, OWN_KEYS.get(list[count]!))
    this.count = count
    this.own = own
    this.newCount = count - known.count
    this.list = list
  }

  get lowerList(): readonly string[] {
    return this.list
  }
}

type FoundHead = ConstructorParameters<typeof RequestHead>[0]

export class Http2RequestHead extends RequestHead {
  readonly #values: readonly string[] | undefined

  /** `values`: instead of text and positions. */
  constructor(found: FoundHead, values?: readonly string[]) {
    super(found)
    this.#values = values
  }

  override get protocol(): string {
    return 'HTTP/2.0'
  }

  override value(i: number): string {
    return this.#values === undefined ? super.value(i) : this.#values[i]!
  }

  override changed(found: FoundHead): RequestHead {
    return new Http2RequestHead(found)
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
  const host = valueIn(fields, 'host')
  const authority = pseudo.authority ?? host
  // RFC 9113 8.3.1: a Host that says something else is malformed.
  if (authority === undefined || !isAuthority(authority)) return 'bad-host'
  if (host === undefined) add(fields, 'host', authority)
  else if (host.toLowerCase() !== authority.toLowerCase()) return 'bad-host'
  const length = declaredLength(fields, hasBody && !isWebSocket, limits)
  if (typeof length === 'string') return length
  const expect = valueIn(fields, 'expect')
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return 'unknown-expectation'
  if (isWebSocket) addHandshake(fields)
  const found: FoundHead = {
    text: '',
    names: namesOf(fields.names),
    values: NOWHERE,
    method,
    target: pseudo.path ?? '',
    path: target.path,
    minorVersion: 1,
    authority,
    bodyLength: length,
    isPersistent: true,
    expectsContinue: length !== 0 && expect !== undefined,
    upgrade: isWebSocket ? 'websocket' : undefined,
  }
  return new Http2RequestHead(found, fields.values)
}

const NOWHERE: readonly number[] = []

function add({ names, values }: Fields, name: string, value: string): void {
  names.push(name)
  values.push(value)
}

function valueIn({ names, values }: Fields, name: string): string | undefined {
  const at = names.indexOf(name)
  return at < 0 ? undefined : values[at]
}

function sortedFields(raw: readonly string[], pseudo: PseudoFields, limits: Limits): Fields | FaultCode {
  const fields: Fields = { names: [], values: [] }
  let cookieAt = -1
  let bytes = 0
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!
    const value = raw[i + 1]!
    bytes += name.length + value.length
    if (name.charCodeAt(0) === COLON) {
      takePseudo(pseudo, name, value)
    } else if (name === 'cookie' && cookieAt >= 0) {
      // RFC 9113 8.2.3: crumbs of one field.
      fields.values[cookieAt] += `; ${value}`
    } else {
      if (name.length + value.length > limits.fieldBytes) return 'head-too-large'
      if (name === 'cookie') cookieAt = fields.names.length
      add(fields, name, value)
    }
  }
  return fields.names.length > limits.fieldCount || bytes > limits.headBytes ? 'head-too-large' : fields
}

const COLON = 0x3a

function takePseudo(pseudo: PseudoFields, name: string, value: string): void {
  if (name === ':method') pseudo.method = value
  else if (name === ':path') pseudo.path = value
  else if (name === ':authority') pseudo.authority = value
  else if (name === ':protocol') pseudo.protocol = value.toLowerCase()
}

function declaredLength(fields: Fields, hasBody: boolean, limits: Limits): number | FaultCode {
  if (!hasBody) return 0
  const declared = valueIn(fields, 'content-length')
  return declared === undefined ? CHUNKED : bodyLength(1, declared, undefined, limits.bodyBytes)
}

/** What libraries of HTTP/1.1 look for in a handshake (RFC 6455 4.2.1). Over HTTP/2 nobody looks at the answer to the key. */
function addHandshake(fields: Fields): void {
  add(fields, 'connection', 'Upgrade')
  add(fields, 'upgrade', 'websocket')
  // Not imported above: a megabyte for each worker, and most have no WebSockets over HTTP/2.
  const { randomBytes } = process.getBuiltinModule('node:crypto')
  add(fields, 'sec-websocket-key', randomBytes(16).toString('base64'))
}

/** The known list of these names, as far as there is one. Names that are sent often are learnt. */
function namesOf(list: readonly string[]): FieldNames {
  let known: KnownNames = noNames()
  const firstNew = nextNumber()
  for (const name of list) {
    const learnt = nextNumber() - firstNew
    const next = known.after(name, learnt < LEARNT_PER_HEAD && credit >= LEARNING * (learnt + 1))
    if (next === undefined) break
    known = next
  }
  const learnt = nextNumber() - firstNew
  const isKnown = known.count === list.length
  credit = Math.min(CREDIT_KEPT, credit - learnt * LEARNING + (isKnown && learnt === 0 ? LEARNING : 1))
  return isKnown ? known : new ListedNames(known, list)
}
