// One attempt to get a certificate: the account, the order, the answers to challenges, and whether what came is what was asked for.
import type { KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { AcmeClient, textOr } from '../../acme/client.ts'
import type { ExternalAccount } from '../../acme/jws.ts'
import { type Challenge, type ChallengeType, obtain } from '../../acme/order.ts'
import { AcmeProblem } from '../../acme/problem.ts'
import { type Ask, askerFor } from '../../acme/transport.ts'
import { acmeIdentifier, certificateId, keyText, newKey, selfSigned } from '../../acme/x509.ts'
import { alpnFile, tokenFile } from '../../server/acme/challenge-files.ts'
import { type AcmeFiles, readObject, replaceFile } from './storage.ts'

/** What an attempt needs of the world. */
export interface AcmeTools {
  /** Milliseconds since 1970. */
  now(): number
  /** 0 to 1. */
  random(): number
  /** Gives what keeps it from being called. */
  later(ms: number, call: () => void): () => void
}

export interface Authority {
  /** URL of its directory. */
  readonly url: string
  readonly email: string | undefined
  /** File of --acme-eab-file. */
  readonly eabFile: string | undefined
  readonly names: readonly string[]
  readonly files: AcmeFiles
  readonly userAgent: string
}

export interface AttemptOptions {
  readonly authority: Authority
  readonly challenges: readonly ChallengeType[]
  /** The certificate that is served, PEM. */
  readonly old: string | undefined
  readonly tools: AcmeTools
  /** Ends it. */
  readonly signal: AbortSignal
}

/** Of the authority's account, for whoever has the directory. */
export function clientFor(authority: Authority, tools: AcmeTools, signal: AbortSignal): AcmeClient {
  const { key, url: account } = accountIn(authority.files)
  const ask: Ask = askerFor(authority.userAgent, signal)
  const { url, email, eabFile } = authority
  const externalAccount = () => (eabFile === undefined ? undefined : externalAccountIn(eabFile))
  return new AcmeClient({ url, email, externalAccount, key, account, ask, now: () => tools.now() })
}

/** Gives the key and the chain, PEM. Rejects with an AcmeProblem, or with what the file system says. */
export async function attempt(client: AcmeClient, options: AttemptOptions): Promise<string> {
  const { authority, challenges, old, tools, signal } = options
  const { files, names } = authority
  const account = await client.account()
  replaceFile(files.account, JSON.stringify({ url: account, key: keyText(client.key) }))
  const key = newKey()
  // What cannot be kept is not asked for: an authority counts its certificates.
  replaceFile(`${files.certificate}.probe`, ' '.repeat(LONG_CHAIN))
  rmSync(`${files.certificate}.probe`)
  const chain = await obtain(client, {
    ...{ names, key, challenges },
    replaces: old === undefined ? undefined : certificateId(old),
    answer: challenge => answer(challenge, files, tools.now()),
    wait: ms => waited(ms, tools, signal),
  })
  checkChain(chain, key, names)
  return keyText(key) + chain
}

const LONG_CHAIN = 32 * 1024
/** What the certificate of a challenge is good for: clocks of machines that share the directory may differ. */
const CHALLENGE_MS = 24 * 3600 * 1000

/** The account that is known, or a key for a new one. */
function accountIn({ account }: AcmeFiles): { readonly key: KeyObject; readonly url: string | undefined } {
  const found = readObject(account)
  const text = textOr(found?.['key'])
  if (text === undefined) return { key: newKey(), url: undefined }
  try {
    return { key: process.getBuiltinModule('node:crypto').createPrivateKey(text), url: textOr(found?.['url']) }
  } catch (cause) {
    throw new AcmeProblem(`Cannot use the account's key in "${account}"`, '', undefined, { cause })
  }
}

/** Read with the rights of the server's user, and only when an account is opened. */
function externalAccountIn(path: string): ExternalAccount {
  let words: string[]
  try {
    words = readFileSync(path, 'utf8').trim().split(/\s+/)
  } catch (cause) {
    throw new AcmeProblem(`Cannot read "${path}" of --acme-eab-file`, '', undefined, { cause })
  }
  const [id = '', secret = ''] = words
  const key = Buffer.from(secret, 'base64url')
  if (words.length === 2 && key.length > 0 && /^[\w+/-]+={0,2}$/.test(secret)) return { id, key }
  throw new AcmeProblem(`Cannot use "${path}" of --acme-eab-file: a key identifier and its key in base64url are needed`)
}

/** The files are there before the authority is told to look. */
async function answer(challenge: Challenge, files: AcmeFiles, now: number): Promise<() => Promise<void>> {
  const { type, name, token, keyAuthorization } = challenge
  const path = type === 'http-01' ? tokenFile(files.challenges, token) : alpnFile(files.challenges, name)
  if (path === undefined) throw new AcmeProblem(`Cannot prove "${name}": the authority gave no token`)
  replaceFile(path, type === 'http-01' ? keyAuthorization : alpnText(challenge, now))
  return async () => rmSync(path, { force: true })
}

function alpnText({ name, keyAuthorization }: Challenge, now: number): string {
  const { key, cert } = selfSigned({
    names: [name],
    commonName: 'starlight: challenge',
    notBefore: now - CHALLENGE_MS,
    notAfter: now + CHALLENGE_MS,
    extensions: [acmeIdentifier(keyAuthorization)],
  })
  return key + cert
}

function waited(ms: number, tools: AcmeTools, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      cancel()
      reject(new AcmeProblem('Cannot wait for the authority any longer: it took too long as a whole', '', ms))
    }
    const cancel = tools.later(ms, () => {
      signal.removeEventListener('abort', end)
      resolve()
    })
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}

function checkChain(chain: string, key: KeyObject, names: readonly string[]): void {
  let certificate: X509Certificate
  try {
    certificate = new (process.getBuiltinModule('node:crypto').X509Certificate)(chain)
  } catch (cause) {
    throw new AcmeProblem('Cannot use what the authority has sent: it is no certificate', '', undefined, { cause })
  }
  if (!certificate.checkPrivateKey(key)) throw new AcmeProblem('Cannot use the certificate: it is for another key')
  const missing = names.find(name => certificate.checkHost(name) === undefined)
  if (missing !== undefined) throw new AcmeProblem(`Cannot use the certificate: it is not for "${missing}"`)
}
