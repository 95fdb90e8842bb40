// One order (RFC 8555 7.4) from its beginning to the certificate: prove each name, send the request, take the chain.
import type { AcmeClient, Answer } from './client.ts'
import { isObject, problemWords, textOr } from './client.ts'
import { keyAuthorization } from './jws.ts'
import { AcmeProblem, quoted } from './problem.ts'
import { certificateRequest } from './x509.ts'

export type ChallengeType = 'http-01' | 'tls-alpn-01'

/** A name that is to be proved. */
export interface Challenge {
  readonly type: ChallengeType
  readonly name: string
  readonly token: string
  readonly keyAuthorization: string
}

export interface OrderOptions {
  readonly names: readonly string[]
  /** Of the certificate. */
  readonly key: import('node:crypto').KeyObject
  /** In the order in which they are to be used. */
  readonly challenges: readonly ChallengeType[]
  /** Certificate that is to be replaced (RFC 9773 5). */
  readonly replaces?: string | undefined
  /** Has the challenge answered, until the function that it gives is called. */
  answer(challenge: Challenge): Promise<() => Promise<void>>
  /** Between two looks. Rejects when the order takes too long as a whole. */
  wait(ms: number): Promise<void>
}

/** Between two looks where the authority names no time: twice as long each time. */
const FIRST_LOOK_MS = 250
const LONGEST_LOOK_MS = 10_000
/** Names that the authority is asked for are few: looks at one of their states. */
const MOST_LOOKS = 60

/** Gives the chain, PEM. Rejects with an AcmeProblem. */
export async function obtain(client: AcmeClient, options: OrderOptions): Promise<string> {
  const { url, order } = await newOrder(client, options)
  for (const authorization of listOf(order['authorizations'], url)) await authorize(client, authorization, options)
  await looked(client, url, options, state => state !== 'pending')
  const csr = certificateRequest(options.key, options.names).toString('base64url')
  await client.post(urlOf(order['finalize'], url), { csr })
  const done = await looked(client, url, options, state => state !== 'processing' && state !== 'ready')
  const { text } = await client.read(urlOf(done['certificate'], url))
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new AcmeProblem(`Cannot use the certificate of ${url}: no PEM, but ${JSON.stringify(quoted(text, 80))}`)
}

async function newOrder(client: AcmeClient, { names, replaces }: OrderOptions) {
  const { newOrder: at } = await client.directory()
  const identifiers = names.map(value => ({ type: 'dns', value }))
  const begin = (more: object): Promise<Answer> => client.post(at, { identifiers, ...more })
  const answer = await (replaces === undefined
    ? begin({})
    : // It may be replaced already, or the authority may not know it any more: what is wanted is a certificate.
      begin({ replaces }).catch(error => (isAboutReplacing(error) ? begin({}) : Promise.reject(error))))
  if (answer.location === undefined) throw new AcmeProblem(`Cannot use the order of ${at}: it has no URL`)
  return { url: answer.location, order: answer.json() }
}

function isAboutReplacing(error: unknown): boolean {
  return (
    error instanceof AcmeProblem && ['alreadyReplaced', 'malformed', 'conflict', 'unauthorized'].includes(error.type)
  )
}

async function authorize(client: AcmeClient, url: string, options: OrderOptions): Promise<void> {
  const authorization = (await client.read(url)).json()
  if (authorization['status'] === 'valid') return
  const challenge = challengeOf(client, authorization, url, options)
  const forget = await options.answer(challenge)
  try {
    await client.post(challenge.url, {})
    await looked(client, url, options, state => state !== 'pending')
  } finally {
    await forget()
  }
}

function challengeOf(
  client: AcmeClient,
  authorization: Readonly<Record<string, unknown>>,
  url: string,
  { challenges, names }: OrderOptions,
): Challenge & { readonly url: string } {
  const name = isObject(authorization['identifier'])
    ? textOr(authorization['identifier']['value'])?.toLowerCase()
    : undefined
  if (name === undefined || !names.includes(name))
    throw new AcmeProblem(`Cannot use ${url}: it is for "${quoted(name)}", which was not asked for`)
  if (authorization['status'] !== 'pending')
    throw new AcmeProblem(`Cannot prove "${name}": its authorization is ${quoted(authorization['status'], 20)}`)
  const offered = Array.isArray(authorization['challenges']) ? authorization['challenges'].filter(isObject) : []
  for (const type of challenges) {
    const found = offered.find(each => each['type'] === type)
    const token = textOr(found?.['token'])
    // RFC 8555 8.3: base64url, and so it can name a file.
    if (found === undefined || token === undefined || !/^[\w-]{1,200}$/.test(token)) continue
    return { type, name, token, keyAuthorization: keyAuthorization(token, client.key), url: urlOf(found['url'], url) }
  }
  const types = offered.map(each => quoted(each['type'], 30)).join(', ') || 'nothing'
  throw new AcmeProblem(
    `Cannot prove "${name}": the authority offers ${types}, of ${challenges.join(', ')} one is needed`,
  )
}

/** Reads an order or an authorization until its state is another one. Rejects when it has failed. */
async function looked(
  client: AcmeClient,
  url: string,
  { wait }: OrderOptions,
  isOver: (state: string) => boolean,
): Promise<Readonly<Record<string, unknown>>> {
  let pauseMs = FIRST_LOOK_MS
  for (let left = MOST_LOOKS; left > 0; left--) {
    const { json, retryAfterMs } = await client.read(url)
    const found = json()
    const state = textOr(found['status']) ?? ''
    if (!STATES.includes(state)) throw failed(found, url, state)
    if (isOver(state)) return found
    await wait(Math.max(pauseMs, retryAfterMs ?? 0))
    pauseMs = Math.min(pauseMs * 2, LONGEST_LOOK_MS)
  }
  throw new AcmeProblem(`Cannot wait for ${url} any longer: it does not change`)
}

/** Of orders and authorizations (RFC 8555 7.1.6) that may still lead to a certificate; invalid, expired, revoked and deactivated do not. */
const STATES: readonly string[] = ['pending', 'ready', 'processing', 'valid']

function failed(found: Readonly<Record<string, unknown>>, url: string, state: string): AcmeProblem {
  const identifier = isObject(found['identifier']) ? ` of "${quoted(found['identifier']['value'], 253)}"` : ''
  const challenges = Array.isArray(found['challenges']) ? found['challenges'].filter(isObject) : []
  const error = [found, ...challenges].map(each => each['error']).find(each => each !== undefined)
  const { type, words } = problemWords(error)
  const what = identifier === '' ? 'The order' : `The authorization${identifier}`
  return new AcmeProblem(
    `${what} is ${quoted(state, 20) || 'in no state'}${words === '' ? ` (${url})` : `: ${words}`}`,
    type,
  )
}

function listOf(value: unknown, url: string): string[] {
  if (!Array.isArray(value)) throw new AcmeProblem(`Cannot use the order ${url}: it has no authorizations`)
  return value.map(each => urlOf(each, url))
}

function urlOf(value: unknown, of: string): string {
  if (typeof value === 'string' && URL.canParse(value)) return value
  throw new AcmeProblem(`Cannot use ${of}: a URL is missing in it`)
}
