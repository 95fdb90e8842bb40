// A client of one authority (RFC 8555): its directory, nonces, one account, and requests that are signed with the account's key.
import type { KeyObject } from 'node:crypto'
import { boundAccount, type ExternalAccount, signedBody } from './jws.ts'
import { AcmeProblem, quoted, retryAfter } from './problem.ts'
import type { AcmeAnswer, Ask } from './transport.ts'

/** RFC 8555 7.1.1, and RFC 9773 4.1. */
export interface Directory {
  readonly newNonce: string
  readonly newAccount: string
  readonly newOrder: string
  readonly renewalInfo: string | undefined
  readonly termsOfService: string | undefined
  /** Whether it serves its customers only (RFC 8555 7.3.4). */
  readonly externalAccountRequired: boolean
}

export interface Answer {
  readonly status: number
  /** URL of what was made. */
  readonly location: string | undefined
  readonly retryAfterMs: number | undefined
  readonly text: string
  /** The object that it says; rejects what is none. */
  json(): Readonly<Record<string, unknown>>
}

export interface ClientOptions {
  /** URL of its directory. */
  readonly url: string
  readonly key: KeyObject
  /** URL of the account, where it is known. */
  readonly account: string | undefined
  /** For notes of the authority; undefined: none. */
  readonly email: string | undefined
  /** What the authority has given its customer; asked for when an account is opened. Throws an AcmeProblem. */
  readonly externalAccount?: () => ExternalAccount | undefined
  readonly ask: Ask
  readonly now: () => number
}

/** A nonce may be refused at any time (RFC 8555 6.5). An authority that refuses so many is broken. */
const MOST_NONCES = 20

export class AcmeClient {
  readonly key: KeyObject
  readonly #options: ClientOptions
  readonly #nonces: string[] = []
  #directory: Promise<Directory> | undefined
  #account: string | undefined
  /** Clock of the authority minus ours, of its last answer; milliseconds. */
  clockSkewMs = 0

  constructor(options: ClientOptions) {
    this.#options = options
    this.key = options.key
    this.#account = options.account
  }

  directory(): Promise<Directory> {
    this.#directory ??= this.get(this.#options.url).then(answer => directoryOf(answer.json(), this.#options.url))
    return this.#directory
  }

  /** URL of the account, which is opened, or found again by its key. The terms of the authority are agreed to. */
  async account(): Promise<string> {
    if (this.#account !== undefined) return this.#account
    const { newAccount, externalAccountRequired } = await this.directory()
    const { email } = this.#options
    const contact = email === undefined ? {} : { contact: [`mailto:${email}`] }
    const external = this.#options.externalAccount?.()
    if (external === undefined && externalAccountRequired)
      throw new AcmeProblem(
        `Cannot open an account at ${newAccount}: it is for customers only, --acme-eab-file is needed`,
      )
    const binding =
      external === undefined ? {} : { externalAccountBinding: boundAccount(this.key, newAccount, external) }
    const payload = { termsOfServiceAgreed: true, ...contact, ...binding }
    const { location } = await this.#signed(newAccount, payload, undefined)
    if (location === undefined) throw new AcmeProblem(`Cannot use the account of ${newAccount}: it has no URL`)
    this.#account = location
    return location
  }

  /** Reads an object of the account. */
  read(url: string): Promise<Answer> {
    return this.post(url, undefined)
  }

  /** Signed by the account, which is opened again, once, when the authority does not know it any more. */
  async post(url: string, payload: unknown): Promise<Answer> {
    try {
      return await this.#signed(url, payload, await this.account())
    } catch (error) {
      if (!(error instanceof AcmeProblem) || error.type !== 'accountDoesNotExist') throw error
      this.#account = undefined
      return await this.#signed(url, payload, await this.account())
    }
  }

  /** Without a signature. */
  async get(url: string): Promise<Answer> {
    return this.#judged(url, await this.#options.ask({ method: 'GET', url }))
  }

  async #signed(url: string, payload: unknown, kid: string | undefined): Promise<Answer> {
    for (let left = MOST_NONCES; ; left--) {
      const nonce = this.#nonces.pop() ?? (await this.#newNonce())
      const body = signedBody(this.key, { nonce, url, kid }, payload)
      try {
        return this.#judged(url, await this.#options.ask({ method: 'POST', url, body }))
      } catch (error) {
        if (!(error instanceof AcmeProblem) || error.type !== 'badNonce' || left === 1) throw error
      }
    }
  }

  async #newNonce(): Promise<string> {
    const { newNonce } = await this.directory()
    const answer = await this.#options.ask({ method: 'HEAD', url: newNonce })
    const nonce = answer.header('replay-nonce')
    if (nonce === null)
      throw new AcmeProblem(`Cannot sign for ${newNonce}: it gives no nonce (status ${answer.status})`)
    return nonce
  }

  #judged(url: string, answer: AcmeAnswer): Answer {
    const nonce = answer.header('replay-nonce')
    // One is enough: requests are made one after the other.
    if (nonce !== null) this.#nonces.splice(0, Infinity, nonce)
    const now = this.#options.now()
    const date = Date.parse(answer.header('date') ?? '')
    if (!Number.isNaN(date)) this.clockSkewMs = date - now
    const retryAfterMs = retryAfter(answer.header('retry-after'), now)
    if (answer.status < 200 || answer.status > 299) throw problemOf(url, answer, retryAfterMs)
    const location = answer.header('location') ?? undefined
    return { status: answer.status, location, retryAfterMs, text: answer.text, json: () => objectOf(url, answer.text) }
  }
}

function directoryOf(found: Readonly<Record<string, unknown>>, url: string): Directory {
  const needed = (name: string): string => {
    const value = found[name]
    if (typeof value === 'string' && URL.canParse(value)) return value
    throw new AcmeProblem(`Cannot use "${url}": it is no directory of ACME, "${name}" is missing`)
  }
  const meta = isObject(found['meta']) ? found['meta'] : {}
  return {
    newNonce: needed('newNonce'),
    newAccount: needed('newAccount'),
    newOrder: needed('newOrder'),
    renewalInfo: textOr(found['renewalInfo']),
    termsOfService: textOr(meta['termsOfService']),
    externalAccountRequired: meta['externalAccountRequired'] === true,
  }
}

/** A problem document (RFC 7807, RFC 8555 6.7), or whatever it is. */
function problemOf(url: string, { status, text }: AcmeAnswer, retryAfterMs: number | undefined): AcmeProblem {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    found = undefined
  }
  const { type, words } = problemWords(found)
  return new AcmeProblem(`${url} answered ${status}${words === '' ? '' : `: ${words}`}`, type, retryAfterMs)
}

/** Of the `error` of a challenge or an order, or of a whole problem document. */
export function problemWords(found: unknown): { readonly type: string; readonly words: string } {
  if (!isObject(found)) return { type: '', words: '' }
  const type = quoted(textOr(found['type']) ?? '').replace('urn:ietf:params:acme:error:', '')
  const subproblems = Array.isArray(found['subproblems']) ? found['subproblems'].slice(0, 5) : []
  const details = [found, ...subproblems].map(each => (isObject(each) ? textOr(each['detail']) : undefined))
  const words = [type, ...details].filter(word => word !== undefined && word !== '').join(': ')
  return { type, words: quoted(words, 500) }
}

function objectOf(url: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(text)
    if (isObject(found)) return found
  } catch {
    // Said below.
  }
  throw new AcmeProblem(
    `Cannot understand the answer of ${url}: no JSON object, but ${JSON.stringify(quoted(text, 80))}`,
  )
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
