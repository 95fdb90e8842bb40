// The certificate of a TLS client as variables of the environment, under the names of Apache's mod_ssl: frameworks and their authentication
// modules know them. No field of a request becomes one of these names (those begin with HTTP_), so a client cannot write them itself.
import type { X509Certificate } from 'node:crypto'

export type { X509Certificate }

/** Names and values, one character per byte. */
export type CertificateVariables = readonly (readonly [name: string, value: string])[]

const NO_CERTIFICATE: CertificateVariables = [['SSL_CLIENT_VERIFY', 'NONE']]
const MADE = new WeakMap<X509Certificate, CertificateVariables>()
const DAY_MS = 86_400_000

/** Null: the client was asked for one and has shown none. A certificate that does not verify gets no further than its handshake. */
export function certificateVariables(certificate: X509Certificate | null): CertificateVariables {
  if (certificate === null) return NO_CERTIFICATE
  const known = MADE.get(certificate)
  if (known !== undefined) return known
  const made = variablesOf(certificate).map(([name, text]) => [name, Buffer.from(text).toString('latin1')] as const)
  MADE.set(certificate, made)
  return made
}

function variablesOf(certificate: X509Certificate): [name: string, text: string][] {
  const { subject, issuer, serialNumber, validFrom, validTo, subjectAltName = '' } = certificate
  const days = Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS)
  return [
    ['SSL_CLIENT_VERIFY', 'SUCCESS'],
    ['SSL_CLIENT_M_SERIAL', serialNumber],
    ['SSL_CLIENT_V_START', validFrom],
    ['SSL_CLIENT_V_END', validTo],
    ['SSL_CLIENT_V_REMAIN', String(days)],
    ...nameVariables('SSL_CLIENT_S_DN', subject),
    ...nameVariables('SSL_CLIENT_I_DN', issuer),
    ...alternatives('SSL_CLIENT_SAN_DNS', 'DNS', subjectAltName),
    ...alternatives('SSL_CLIENT_SAN_Email', 'email', subjectAltName),
    ['SSL_CLIENT_CERT', certificate.toString()],
  ]
}

/** Attributes whose name mod_ssl writes in another way than OpenSSL. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  title: 'T',
  initials: 'I',
  GN: 'G',
  SN: 'S',
  description: 'D',
  emailAddress: 'Email',
}

/**
 * `lines` is a name as Node writes it: an RDN a line, the widest first, its attributes escaped (RFC 4514 2.4). A whole name is the same in one line
 * and from its end, which is what mod_ssl gives since Apache 2.3.11.
 */
function nameVariables(prefix: string, lines: string | undefined): [string, string][] {
  const rdns = (lines ?? '').split('\n').filter(line => line !== '')
  const counts = new Map<string, string[]>()
  for (const attribute of rdns.flatMap(rdn => rdn.split(' + '))) {
    const at = attribute.indexOf('=')
    const type = attribute.slice(0, at)
    const name = ATTRIBUTES[type] ?? type
    if (at > 0) counts.set(name, [...(counts.get(name) ?? []), unescaped(attribute.slice(at + 1))])
  }
  const whole = rdns.map(rdn => rdn.split(' + ').reverse().join('+')).reverse()
  return [[prefix, whole.join(',')], ...[...counts].flatMap(([name, values]) => numbered(`${prefix}_${name}`, values))]
}

/** The first one under the name itself; several under their numbers as well. */
function numbered(name: string, values: readonly string[]): [string, string][] {
  const [first = ''] = values
  if (values.length === 1) return [[name, first]]
  return [[name, first], ...values.map((value, i): [string, string] => [`${name}_${i}`, value])]
}

/** What is written as hexadecimal digits stays so: control characters, which in a log or a field of an answer could begin a new line. */
function unescaped(value: string): string {
  return value.replace(/\\([^0-9A-Fa-f])/g, '$1')
}

/** Node puts what could be mistaken for several in quotes: none is given then. */
function alternatives(name: string, type: string, list: string): [string, string][] {
  if (list.includes('"')) return []
  const found = list.split(', ').filter(entry => entry.startsWith(`${type}:`))
  return found.map((entry, i) => [`${name}_${i}`, entry.slice(type.length + 1)])
}
