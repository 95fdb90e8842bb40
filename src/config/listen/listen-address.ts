// The text of a --listen address -> its parts. Pure. TLS files and defaults come later, in addresses.ts.
import { ConfigError } from '../errors.ts'
import type { OptionRow } from '../option.ts'
import { OPTIONS } from '../options.ts'
import { parseValue } from '../values.ts'

/** TLS as the address itself asks for it: files that are absent are those of the --ssl options. */
export interface TlsChoice {
  /** Each belongs to the certificate in the same place. */
  readonly keyFiles?: readonly string[]
  readonly certFiles?: readonly string[]
  readonly pfxFiles?: readonly string[]
  readonly directory?: string
  readonly passphraseFile?: string
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  readonly ciphers?: string
  readonly caFile?: string
  readonly clientCaFile?: string
  readonly verifyMode?: number
}

/** `h2c`: HTTP/2 without TLS by prior knowledge. `tls`: false is plain for certain (http://), undefined leaves it to --ssl. */
export type ParsedAddress =
  | {
      readonly kind: 'tcp'
      readonly host?: string
      readonly port: number
      readonly h2c?: boolean
      readonly proxy?: boolean
      readonly tls?: TlsChoice | false
    }
  | {
      readonly kind: 'unix'
      readonly path: string
      readonly mode?: number
      readonly owner?: string
      readonly group?: string
      readonly h2c?: boolean
      readonly proxy?: boolean
      readonly tls?: TlsChoice
    }
  | {
      readonly kind: 'abstract'
      readonly name: string
      readonly h2c?: boolean
      readonly proxy?: boolean
      readonly tls?: TlsChoice
    }

const TLS_QUERY: Readonly<Record<string, readonly [keyof TlsChoice, OptionRow]>> = {
  key: ['keyFiles', OPTIONS.sslKeyFile],
  cert: ['certFiles', OPTIONS.sslCertFile],
  pfx: ['pfxFiles', OPTIONS.sslPfxFile],
  dir: ['directory', OPTIONS.sslCertDir],
  passphrase: ['passphraseFile', OPTIONS.sslPassphraseFile],
  'min-version': ['minVersion', OPTIONS.sslMinVersion],
  ciphers: ['ciphers', OPTIONS.sslCiphers],
  ca: ['caFile', OPTIONS.sslCaFile],
  'client-ca': ['clientCaFile', OPTIONS.sslClientCaFile],
  verify: ['verifyMode', OPTIONS.sslVerifyMode],
}
const PROXY_QUERY: Readonly<Record<string, readonly ['proxy', OptionRow]>> = { proxy: ['proxy', OPTIONS.http2] }
const PLAIN_QUERY: Readonly<Record<string, readonly ['h2c' | 'proxy', OptionRow]>> = {
  h2c: ['h2c', OPTIONS.http2],
  ...PROXY_QUERY,
}
const UNIX_QUERY: Readonly<Record<string, readonly ['mode' | 'owner' | 'group', OptionRow]>> = {
  mode: ['mode', OPTIONS.socketMode],
  owner: ['owner', OPTIONS.socketOwner],
  group: ['group', OPTIONS.socketGroup],
}
const NEEDED =
  'HOST:PORT, :PORT, PORT, [IPV6]:PORT, HOST:PORT:ssl, HOST:PORT:h2c, HOST:PORT:proxy, /PATH, @NAME, or a URL (http, https, unix) is needed'

/** Parses one address. `where` names the option in messages. Throws a ConfigError. */
export function parseListenAddress(text: string, where = '--listen'): ParsedAddress {
  const [, scheme = '', rest = text] = /^([a-z][a-z+]*):(?=\/|@)(.*)$/s.exec(text) ?? []
  if (scheme === 'http' || scheme === 'https') return parseUrl(text, scheme, rest, where)
  if (scheme === 'unix') return parseUnix(rest, text, where)
  if (scheme !== '') throw badAddress(text, where, `the scheme "${scheme}" is not known`)
  if (/^[@\0]./.test(text)) return { kind: 'abstract', name: text.slice(1) }
  if (isPath(text)) return { kind: 'unix', path: text }
  return parseHostAndPort(text, text, where)
}

/** The text of --socket: a path, or an abstract name behind `@` or NUL. */
export function parseSocket(text: string): ParsedAddress {
  return /^[@\0]./.test(text) ? { kind: 'abstract', name: text.slice(1) } : { kind: 'unix', path: text }
}

/** A path holds a slash, so that a misspelt HOST:PORT never becomes a socket file (the ancestor takes all that does not end in digits). */
function isPath(text: string): boolean {
  return text.includes('/')
}

function parseUrl(text: string, scheme: 'http' | 'https', rest: string, where: string): ParsedAddress {
  const [, authority = '', path = '', query = ''] = /^\/\/([^/?#]*)((?:\/[^?#]*)?)(?:\?([^#]*))?$/.exec(rest) ?? []
  if (authority === '') throw badAddress(text, where, 'the URL names no host and no port')
  if (path !== '' && path !== '/') throw badAddress(text, where, `an address has no path, but this one has "${path}"`)
  const port = scheme === 'https' ? '443' : '80'
  const bare = /^(\[.*\]|[^:]+)$/.test(authority) ? `${authority}:${port}` : authority
  const address = parseHostAndPort(bare, text, where) as Extract<ParsedAddress, { kind: 'tcp' }>
  if (scheme === 'http') return { ...address, ...plainChoice(readQuery(query, PLAIN_QUERY, text, where)), tls: false }
  const { proxy, ...tls } = readQuery(query, { ...TLS_QUERY, ...PROXY_QUERY }, text, where)
  return { ...address, ...plainChoice({ proxy }), tls } as ParsedAddress
}

function parseUnix(rest: string, text: string, where: string): ParsedAddress {
  const [location = '', query = ''] = rest.split('?', 2)
  const path = decodeURI(location.replace(/^\/\/(?=\/)/, ''))
  const fields = readQuery(query, { ...UNIX_QUERY, ...PLAIN_QUERY, ...TLS_QUERY }, text, where)
  const { mode, owner, group, h2c, proxy, ...tls } = fields as UnixFields
  const secured = { ...plainChoice({ h2c, proxy }), ...(Object.keys(tls).length > 0 && { tls }) }
  if (h2c === true && secured.tls !== undefined) throw badAddress(text, where, 'h2c is HTTP/2 without TLS')
  if (proxy === true && secured.tls !== undefined)
    throw badAddress(text, where, 'TLS behind the PROXY protocol is there on TCP only')
  if (path.startsWith('@')) {
    if (mode !== undefined || owner !== undefined || group !== undefined) {
      throw badAddress(text, where, 'an abstract socket has no owner and no permissions')
    }
    return { kind: 'abstract', name: path.slice(1), ...secured }
  }
  const rights = {
    ...(mode !== undefined && { mode }),
    ...(owner !== undefined && { owner }),
    ...(group !== undefined && { group }),
  }
  return { kind: 'unix', path, ...rights, ...secured }
}

interface UnixFields extends TlsChoice {
  readonly mode?: number
  readonly owner?: string
  readonly group?: string
  readonly h2c?: boolean
  readonly proxy?: boolean
}

interface PlainChoice {
  readonly h2c?: true
  readonly proxy?: true
}

function plainChoice({ h2c, proxy }: { readonly [K in keyof PlainChoice]?: unknown }): PlainChoice {
  return { ...(h2c === true && { h2c }), ...(proxy === true && { proxy }) }
}

/** `HOST:PORT`, `:PORT`, `PORT`, `[::1]:PORT`, each with `:ssl`, `:h2c`, `:proxy` behind it. */
function parseHostAndPort(text: string, whole: string, where: string): ParsedAddress {
  const words = endingsOf(text)
  const address = text.slice(0, text.length - words.join('').length - words.length)
  const [, bracketed, name, port] = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(\d+)$/.exec(address) ?? []
  if (port === undefined) {
    const looksBare = /^[0-9a-f]*:[0-9a-f:.]*:\d+$/i.test(address)
    throw badAddress(whole, where, looksBare ? 'an IPv6 address stands in brackets' : 'it is no address')
  }
  const number = parseValue(OPTIONS.port, port, `the port of ${where}=${whole}`) as number
  const host = hostOf(bracketed ?? name ?? '')
  const bare: ParsedAddress = { kind: 'tcp', port: number, ...(host !== undefined && { host }) }
  const [isSecured, isH2c] = [words.includes('ssl'), words.includes('h2c')]
  if (isSecured && isH2c) throw badAddress(whole, where, 'h2c is HTTP/2 without TLS')
  return {
    ...bare,
    ...plainChoice({ h2c: isH2c, proxy: words.includes('proxy') }),
    ...(isSecured ? { tls: {} } : isH2c ? { tls: false as const } : {}),
  }
}

/** The words behind the port, in any order. */
function endingsOf(text: string): readonly string[] {
  const parts = text.toLowerCase().split(':')
  const first = parts.findLastIndex(part => part !== 'ssl' && part !== 'h2c' && part !== 'proxy')
  return parts.slice(Math.max(0, first) + 1)
}

/** Undefined: every interface. `0` is what the ancestor's relatives call it. */
export function hostOf(text: string): string | undefined {
  return text === '' || text === '*' || text === '0' ? undefined : text.replace(/^\[(.*)\]$/, '$1')
}

function readQuery(
  query: string,
  known: Readonly<Record<string, readonly [string, OptionRow]>>,
  text: string,
  where: string,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of new URLSearchParams(query)) {
    const [key, row] = Object.hasOwn(known, name) ? (known[name] ?? []) : []
    if (key === undefined || row === undefined) {
      const names = Object.keys(known).join(', ') || 'none'
      throw new ConfigError(
        `Cannot use ${JSON.stringify(text)} for ${where}: "${name}" has no meaning there, of ${names} is needed`,
      )
    }
    const parsed = parseValue(row, value, `"${name}" of ${where}=${text}`)
    fields[key] = row.repeatable ? [...((fields[key] as unknown[] | undefined) ?? []), parsed] : parsed
  }
  return fields
}

function badAddress(text: string, where: string, what: string): ConfigError {
  return new ConfigError(`Cannot listen on ${JSON.stringify(text)} of ${where}: ${what}, ${NEEDED}`)
}
