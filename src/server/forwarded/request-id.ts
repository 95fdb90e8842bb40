// The name of one request in the logs of all who see it: taken from a trusted proxy, or made. It is the field X-Request-Id of the
// request, where every kind of application finds it, and of the answer.
import { changedHead } from '../../http1/request/changed-head.ts'
import type { RequestHead } from '../../http1/request/request-head.ts'

const NAME = 'X-Request-Id'
const LOWER_NAME = 'x-request-id'

/** What proxies, load balancers and clouds make: letters, digits and a few signs, never so long that it fills a log. */
const ID = /^[\w.+/=:@-]{1,128}$/
/** W3C Trace Context 3.2: version, trace-id, parent-id, flags. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/

/** `head` with one X-Request-Id: that of a client who is trusted, or its trace, or a new one (a UUID, RFC 9562 5.4). */
export function withRequestId(head: RequestHead, isTrusted: boolean): RequestHead {
  const given = isTrusted ? givenId(head) : undefined
  const id = given ?? process.getBuiltinModule('node:crypto').randomUUID()
  const names = head.names.lowerList
  const places = names.flatMap((name, i) => (name === LOWER_NAME ? [i] : []))
  if (places.length === 1 && head.value(places[0]!) === id) return head
  const changes = new Map(places.map((place, i) => [place, i === 0 ? id : undefined]))
  const added = places.length === 0 ? [{ name: NAME, value: id }] : []
  return changedHead(head, changes, head.authority, added)
}

function givenId(head: RequestHead): string | undefined {
  const id = head.get(LOWER_NAME)
  if (id !== undefined && ID.test(id)) return id
  return TRACEPARENT.exec(head.get('traceparent') ?? '')?.[1]
}
