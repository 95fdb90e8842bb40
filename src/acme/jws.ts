// Signed requests of ACME: JWS in its flattened form with ES256 (RFC 7515, RFC 7518 3.4, RFC 8555 6.2).
import type { JsonWebKey, KeyObject } from 'node:crypto'

export interface JwsHeader {
  readonly nonce: string
  readonly url: string
  /** URL of the account; absent: the key itself is sent along. */
  readonly kid?: string | undefined
}

/** `payload` undefined: an empty one, as POST-as-GET needs it (RFC 8555 6.3). */
export function signedBody(key: KeyObject, { kid, ...header }: JwsHeader, payload: unknown): string {
  const protectedText = encoded(
    JSON.stringify({ alg: 'ES256', ...header, ...(kid === undefined ? { jwk: publicJwk(key) } : { kid }) }),
  )
  const payloadText = payload === undefined ? '' : encoded(JSON.stringify(payload))
  const { sign } = process.getBuiltinModule('node:crypto')
  const content = Buffer.from(`${protectedText}.${payloadText}`)
  const signature = sign('sha256', content, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
  return JSON.stringify({ protected: protectedText, payload: payloadText, signature })
}

/** What an authority has given its customer (RFC 8555 7.3.4). */
export interface ExternalAccount {
  readonly id: string
  readonly key: Buffer
}

/** The key of a new account, signed with that of the customer. */
export function boundAccount(key: KeyObject, url: string, external: ExternalAccount): object {
  const { createHmac } = process.getBuiltinModule('node:crypto')
  const protectedText = encoded(JSON.stringify({ alg: 'HS256', kid: external.id, url }))
  const payload = encoded(JSON.stringify(publicJwk(key)))
  const signature = createHmac('sha256', external.key).update(`${protectedText}.${payload}`).digest('base64url')
  return { protected: protectedText, payload, signature }
}

/** What a challenge has to be answered with (RFC 8555 8.1): the token and the thumbprint of the account's key (RFC 7638). */
export function keyAuthorization(token: string, key: KeyObject): string {
  const { createHash } = process.getBuiltinModule('node:crypto')
  return `${token}.${createHash('sha256')
    .update(JSON.stringify(publicJwk(key)))
    .digest('base64url')}`
}

/** The members that count, in the order of RFC 7638 3. */
function publicJwk(key: KeyObject): JsonWebKey {
  const { createPublicKey } = process.getBuiltinModule('node:crypto')
  const { crv, kty, x, y } = createPublicKey(key).export({ format: 'jwk' })
  return { crv: crv as string, kty: kty as string, x: x as string, y: y as string }
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url')
}
