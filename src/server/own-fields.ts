// Fields that the server adds to answers by option: the name of the request, and Strict-Transport-Security.
import type { HeaderList, Peer } from '../app/handler.ts'
import { hasField } from '../app/shared/header-list.ts'
import type { RequestHead } from '../http1/request/request-head.ts'
import type { ResponseFields } from '../http1/response/response-fields.ts'
import type { ServerSettings } from './settings.ts'

/** Whether there are any. */
export function addsFields({ forwarding, hstsSeconds }: ServerSettings): boolean {
  return forwarding.requestId || hstsSeconds > 0
}

/** What the answer to `head` has unless the application says it. */
export function ownFields(head: RequestHead, peer: Peer, { forwarding, hstsSeconds }: ServerSettings): HeaderList {
  const fields: string[] = []
  const id = forwarding.requestId ? head.get('x-request-id') : undefined
  if (id !== undefined) fields.push('X-Request-Id', id)
  // RFC 6797 7.2: never over a connection that anybody could have changed.
  if (hstsSeconds > 0 && peer.isEncrypted) fields.push('Strict-Transport-Security', `max-age=${hstsSeconds}`)
  return fields
}

/** `fields`, which are `headers` checked, and those of `own` that are not among them. */
export function withOwnFields(fields: ResponseFields, headers: HeaderList, own: HeaderList): ResponseFields {
  let { lines } = fields
  for (let i = 0; i < own.length; i += 2)
    if (!hasField(headers, own[i]!.toLowerCase())) lines += `${own[i]}: ${own[i + 1]}\r\n`
  return { ...fields, lines }
}
