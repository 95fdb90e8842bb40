// --acme: what is asked of which authority, and where it is kept.
import { join } from 'node:path'
import { domainToASCII } from 'node:url'
import type { Values } from './config.ts'
import { ConfigError } from './errors.ts'
import type { ListenAddress } from './listen/address.ts'

/** Of one certificate, as Let's Encrypt allows. */
const MOST_NAMES = 100
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/

/** The names of --acme, lower case, in ASCII, each once. Throws a ConfigError. */
export function acmeNames(texts: readonly string[], from: string): string[] {
  const names = [...new Set(texts.map(text => acmeName(text.trim(), from)))]
  if (names.length <= MOST_NAMES) return names
  throw new ConfigError(`Cannot use ${names.length} names for ${from}: ${MOST_NAMES} at most are needed`)
}

function acmeName(text: string, from: string): string {
  const refused = (why: string): ConfigError =>
    new ConfigError(
      `Cannot use ${JSON.stringify(text)} for ${from}: ${why}a DNS name such as www.example.org is needed`,
    )
  if (text.startsWith('*.')) throw refused('a wildcard is proved by DNS only (dns-01), which is not spoken here, ')
  const name = domainToASCII(text.replace(/\.$/, '')).toLowerCase()
  const labels = name.split('.')
  const isAddress = /^\d+$/.test(labels.at(-1) ?? '')
  if (name.length > 253 || isAddress || !labels.every(label => LABEL.test(label))) throw refused('')
  return name
}

const WELL_KNOWN: Readonly<Record<string, string>> = {
  letsencrypt: 'https://acme-v02.api.letsencrypt.org/directory',
  'letsencrypt-staging': 'https://acme-staging-v02.api.letsencrypt.org/directory',
}

/** The URL that --acme-directory gives, or has a word for. */
export function acmeDirectoryUrl(text: string): string {
  return Object.hasOwn(WELL_KNOWN, text) ? (WELL_KNOWN[text] as string) : text
}

/** Authorities do not share anything: what one has signed is of no use with the other's account. */
export function acmeFolder({ acmeStorage, acmeDirectory }: Pick<Values, 'acmeStorage' | 'acmeDirectory'>): string {
  const { host, pathname } = new URL(acmeDirectoryUrl(acmeDirectory))
  return join(acmeStorage, `${host}${pathname}`.replace(/[^a-z0-9.]+/gi, '-').replace(/-$/, ''))
}

/** The file of the key and its certificate with the chain, PEM: one file, so that no half of a pair is ever seen. */
export function acmeCertificateFile(
  values: Pick<Values, 'acme' | 'acmeStorage' | 'acmeDirectory'>,
): string | undefined {
  const [first] = values.acme
  return first === undefined ? undefined : join(acmeFolder(values), `${acmeNames([first], 'acme')[0]}.pem`)
}

/** The ways to prove a name, the first one first. A listener without TLS is there for http-01 more likely than for anything else. */
export function acmeChallenges(
  { acmeChallenge }: Pick<Values, 'acmeChallenge'>,
  listen: readonly ListenAddress[],
): ('http-01' | 'tls-alpn-01')[] {
  if (acmeChallenge !== undefined) return [acmeChallenge]
  return hasPlain(listen) ? ['http-01', 'tls-alpn-01'] : ['tls-alpn-01']
}

/** What --acme needs besides names. Throws a ConfigError. */
export function checkAcme(values: Values, from: (key: string) => string): void {
  const { acme, acmeAgreeTos, acmeDirectory, acmeEmail } = values
  if (acme.length === 0) return
  acmeNames(acme, from('acme'))
  if (!isServer(acmeDirectory))
    throw new ConfigError(
      `Cannot use ${JSON.stringify(acmeDirectory)} for ${from('acmeDirectory')}: letsencrypt, letsencrypt-staging or an https:// URL is needed`,
    )
  if (acmeEmail !== undefined && !/^[^\s@,?%]+@[^\s@,?%]+$/.test(acmeEmail))
    throw new ConfigError(`Cannot use ${JSON.stringify(acmeEmail)} for ${from('acmeEmail')}: one address is needed`)
  if (!acmeAgreeTos)
    throw new ConfigError(
      `Cannot use ${from('acme')}: ${new URL(acmeDirectoryUrl(acmeDirectory)).host} gives certificates to those who agree to its terms, --acme-agree-tos is needed`,
    )
}

/** The same for where it listens. */
export function checkAcmeListeners(
  { acme, acmeChallenge }: Pick<Values, 'acme' | 'acmeChallenge'>,
  listen: readonly ListenAddress[],
  from: (key: string) => string,
): void {
  if (acme.length === 0 || acmeChallenge !== 'http-01' || hasPlain(listen)) return
  throw new ConfigError(
    `Cannot use http-01 for ${from('acmeChallenge')}: every address speaks TLS, one without is needed (--listen=:80)`,
  )
}

function hasPlain(listen: readonly ListenAddress[]): boolean {
  return listen.some(({ tls }) => tls === undefined)
}

/** On this machine a test of an authority may do without TLS. */
function isServer(word: string): boolean {
  const text = acmeDirectoryUrl(word)
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username } = new URL(text)
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return username === '' && (protocol === 'https:' || (protocol === 'http:' && isHere))
}
