// --listen, --host, --port, --socket and --ssl become the list of addresses.
import { resolve } from 'node:path'
import { platformOf } from '../../platform.ts'
import { acmeCertificateFile } from '../acme.ts'
import type { Values } from '../config.ts'
import { ConfigError } from '../errors.ts'
import { OPTIONS } from '../options.ts'
import { isGiven, type Merged, RANK, rankOf } from '../sources/merge.ts'
import type { System } from '../system.ts'
import { trustedNetworks } from '../trusted-proxies.ts'
import { addressText, type ListenAddress, type TlsFiles, type TlsPairFiles } from './address.ts'
import { hostOf, type ParsedAddress, parseListenAddress, parseSocket, type TlsChoice } from './listen-address.ts'

export interface Addresses {
  readonly listen: readonly ListenAddress[]
  /** Where they came from. */
  readonly from: string
}

type TcpAddress = Extract<ListenAddress, { kind: 'tcp' }>

/**
 * "Where to listen" is one question: the strongest source that names any of the four options answers it alone, and several
 * of its answers add up. Host and port complete each other over all sources; a customary PORT is a default and no answer.
 */
export function listenAddresses(merged: Merged, values: Values, system: System): Addresses {
  const keys = ['listen', 'socket', 'host', 'port'].filter(key => rankOf(merged, key) <= RANK.file)
  const rank = Math.min(...keys.map(key => rankOf(merged, key)))
  const answers = keys.filter(key => rankOf(merged, key) === rank)
  const parsed = parsedAddresses(answers, merged, values)
  const listen = (parsed.length > 0 ? parsed : [hostAndPort(values)]).map(address => complete(address, values, system))
  refuseRepeats(listen)
  refuseIdleTls(listen, merged, values)
  refuseUntrustedProxies(listen, values)
  const from = answers.map(key => merged.get(key)?.from)
  const inDefault = isGiven(merged, 'port') ? merged.get('port')?.from : 'default'
  return { listen: apart(listen), from: [...new Set(from)].join(', ') || (inDefault ?? 'default') }
}

function parsedAddresses(answers: readonly string[], merged: Merged, values: Values): ParsedAddress[] {
  const where = merged.get('listen')?.from
  const listed = answers.includes('listen') ? values.listen.map(text => parseListenAddress(text, where)) : []
  const sockets = answers.includes('socket') && values.socket !== undefined ? [parseSocket(values.socket)] : []
  const hosted = answers.includes('host') || answers.includes('port') ? [hostAndPort(values)] : []
  return [...listed, ...sockets, ...hosted]
}

function hostAndPort(values: Values): ParsedAddress {
  const host = hostOf(values.host ?? '')
  return { kind: 'tcp', port: values.port, ...(host !== undefined && { host }) }
}

function complete(address: ParsedAddress, values: Values, system: System): ListenAddress {
  const { tls: choice, ...bare } = address
  const isSecured = choice === undefined ? address.kind === 'tcp' && values.ssl : choice !== false
  const tls = isSecured ? { tls: tlsFiles(choice || {}, values, bare as ParsedAddress, system) } : {}
  if (bare.kind === 'tcp') return { ...bare, host: hostFor(bare.host, values.ipv6), ...tls }
  const { unixSockets, abstractSockets } = platformOf(system.platform)
  if (!unixSockets) throw unusable(bare, 'there are no Unix sockets here, HOST:PORT is needed')
  if (bare.kind === 'abstract') {
    if (!abstractSockets) throw unusable(bare, 'abstract sockets exist on Linux only, a path is needed')
    return { ...bare, ...tls }
  }
  const rights = {
    ...(values.socketMode !== undefined && { mode: values.socketMode }),
    ...(values.socketOwner !== undefined && { owner: values.socketOwner }),
    ...(values.socketGroup !== undefined && { group: values.socketGroup }),
  }
  // Absolute, because the file is removed at the end, when a daemon stands in another directory.
  return { ...rights, ...bare, path: socketPath(bare.path, system), ...tls }
}

function socketPath(path: string, system: System): string {
  const absolute = resolve(system.cwd, path)
  // libuv would cut the rest off silently.
  const most = platformOf(system.platform).longestSocketPath
  const bytes = Buffer.byteLength(absolute)
  if (bytes <= most) return absolute
  throw new ConfigError(`Cannot listen on "${absolute}": the path has ${bytes} bytes, ${most} at most are needed`)
}

function hostFor(host: string | undefined, ipv6: boolean | undefined): string | undefined {
  if (ipv6 === undefined) return host
  if (ipv6) return host ?? '::'
  if (host?.includes(':')) {
    throw new ConfigError(`Cannot listen on "${host}": it is an IPv6 address, with --ipv6=0 an IPv4 address is needed`)
  }
  return host === 'localhost' ? '127.0.0.1' : (host ?? '0.0.0.0')
}

function tlsFiles(choice: TlsChoice, values: Values, address: ParsedAddress, system: System): TlsFiles {
  const caFile = choice.caFile ?? values.sslCaFile
  const clientCaFile = choice.clientCaFile ?? values.sslClientCaFile
  const passphraseFile = choice.passphraseFile ?? values.sslPassphraseFile
  const minVersion = choice.minVersion ?? values.sslMinVersion
  const ciphers = choice.ciphers ?? values.sslCiphers
  const verifyMode = choice.verifyMode ?? values.sslVerifyMode
  const directory = isOwnChoice(choice) ? choice.directory : values.sslCertDir
  const pairs = tlsPairs(choice, values, address, system)
  const [first, ...others] = pairs
  if (first === undefined && directory === undefined)
    throw noCertificate(address, 'key', '--ssl-key-file', values, system)
  if (verifyMode !== 0 && caFile === undefined && clientCaFile === undefined) {
    throw new ConfigError(
      `Cannot use --ssl-verify-mode=${verifyMode}: no authority is named, --ssl-client-ca-file or --ssl-ca-file is needed`,
    )
  }
  const read = (path: string, option: string): string => readable(path, option, system)
  return {
    ...first,
    ...(others.length > 0 && { others }),
    ...(directory !== undefined && { directory: readableDirectory(directory, system) }),
    ...(caFile !== undefined && { caFile: read(caFile, '--ssl-ca-file') }),
    ...(clientCaFile !== undefined && { clientCaFile: read(clientCaFile, '--ssl-client-ca-file') }),
    ...(passphraseFile !== undefined && { passphraseFile: read(passphraseFile, '--ssl-passphrase-file') }),
    ...(minVersion !== OPTIONS.sslMinVersion.default && { minVersion }),
    ...(ciphers !== undefined && { ciphers }),
    verifyMode,
  }
}

/** Whether the address itself names its certificates: none of the options is meant then. */
function isOwnChoice({ keyFiles, certFiles, pfxFiles, directory }: TlsChoice): boolean {
  return [keyFiles, certFiles, pfxFiles, directory].some(files => files !== undefined)
}

/** The first key belongs to the first certificate, and so on. */
function tlsPairs(choice: TlsChoice, values: Values, address: ParsedAddress, system: System): TlsPairFiles[] {
  const isOwn = isOwnChoice(choice)
  // One file with the key, the certificate and its chain, which the master takes care of.
  const own = isOwn ? undefined : acmePair(values, system)
  const pfxFiles = isOwn ? (choice.pfxFiles ?? []) : values.sslPfxFile
  const pfxPairs = pfxFiles.map(path => pfxPair(readable(path, '--ssl-pfx-file', system, 'PFX')))
  return [...pemPairs(choice, values, address, system), ...pfxPairs, ...(own === undefined ? [] : [own])]
}

function pfxPair(path: string): TlsPairFiles {
  return { keyFile: path, certFile: path, isPfx: true }
}

function pemPairs(choice: TlsChoice, values: Values, address: ParsedAddress, system: System): TlsPairFiles[] {
  const isElsewhere = choice.keyFiles === undefined && choice.certFiles === undefined && isOwnChoice(choice)
  const keys = choice.keyFiles ?? (isElsewhere ? [] : values.sslKeyFile)
  const certificates = choice.certFiles ?? (isElsewhere ? [] : values.sslCertFile)
  if (keys.length === 0 && certificates.length === 0) return []
  if (keys.length === 0) throw noCertificate(address, 'key', '--ssl-key-file', values, system)
  if (certificates.length === 0) throw noCertificate(address, 'certificate', '--ssl-cert-file', values, system)
  if (keys.length !== certificates.length) {
    const name = addressText(complete({ ...address, tls: false } as ParsedAddress, values, system))
    const counts = `${keys.length} and ${certificates.length}`
    throw new ConfigError(
      `Cannot use TLS on ${name.replace(/^http:/, 'https:')}: keys and certificates make no pairs (${counts}), one key for each certificate is needed`,
    )
  }
  return keys.map((key, i) => ({
    keyFile: readable(key, '--ssl-key-file', system),
    certFile: readable(certificates[i] as string, '--ssl-cert-file', system),
  }))
}

function acmePair(values: Values, { cwd }: System): TlsPairFiles | undefined {
  const file = acmeCertificateFile({ ...values, acmeStorage: resolve(cwd, values.acmeStorage) })
  return file === undefined ? undefined : { keyFile: file, certFile: file }
}

function readable(path: string, option: string, system: System, format = 'PEM'): string {
  const absolute = resolve(system.cwd, path)
  const problem = system.leavesTlsFiles === true ? undefined : system.fileProblem(absolute)
  if (problem === undefined) return absolute
  throw new ConfigError(`Cannot read "${path}" of ${option}: it is ${problem}, a readable ${format} file is needed`)
}

function readableDirectory(path: string, system: System): string {
  const absolute = resolve(system.cwd, path)
  const problem = system.leavesTlsFiles === true ? undefined : system.directoryProblem(absolute)
  if (problem === undefined) return absolute
  throw new ConfigError(
    `Cannot read "${path}" of --ssl-cert-dir: it is ${problem}, a directory of certificates is needed`,
  )
}

function noCertificate(
  address: ParsedAddress,
  what: string,
  option: string,
  values: Values,
  system: System,
): ConfigError {
  const name = addressText(complete({ ...address, tls: false } as ParsedAddress, values, system))
  return new ConfigError(
    `Cannot use TLS on ${name.replace(/^http:/, 'https:')}: it has no ${what}, ${option}=FILE is needed`,
  )
}

function unusable(address: ParsedAddress, what: string): ConfigError {
  return new ConfigError(`Cannot listen on "${addressText(address as ListenAddress)}": ${what}`)
}

function refuseRepeats(listen: readonly ListenAddress[]): void {
  const texts = listen.map(address => addressText(address).replace(/^https:/, 'http:'))
  const repeated = texts.find((text, i) => texts.indexOf(text) !== i && !text.endsWith(':0'))
  if (repeated !== undefined) {
    throw new ConfigError(`Cannot listen on "${repeated}" twice: one address per socket is needed`)
  }
}

/** A header of the PROXY protocol is believed, so somebody has to be trusted to send it. Clients of Unix sockets are, by default. */
function refuseUntrustedProxies(listen: readonly ListenAddress[], { trustedProxies }: Values): void {
  const trusted = trustedNetworks(trustedProxies, '--trusted-proxies')
  const trustsUnix = trustedProxies.length === 0 || trusted.includes('unix')
  const trustsOthers = trusted.some(network => network !== 'unix')
  const address = listen.find(({ kind, proxy }) => proxy === true && !(kind === 'tcp' ? trustsOthers : trustsUnix))
  if (address === undefined) return
  throw new ConfigError(
    `Cannot take the PROXY protocol on ${addressText(address)}: no proxy there is trusted, --trusted-proxies=ADDRESS is needed`,
  )
}

/** A key without TLS means that somebody believes port 443 to be encrypted. A spoken --no-ssl says otherwise. */
function refuseIdleTls(listen: readonly ListenAddress[], merged: Merged, values: Values): void {
  if (listen.some(address => address.tls)) return
  if (values.ssl) {
    throw new ConfigError(
      'Cannot use --ssl: every address is a Unix socket or http://, a TCP address or unix:/PATH?key=FILE&cert=FILE is needed',
    )
  }
  const idle = (['sslKeyFile', 'sslCertFile', 'sslPfxFile', 'sslCertDir', 'sslVerifyMode', 'acme'] as const).find(
    key => isGiven(merged, key) && values[key] && String(values[key]) !== '',
  )
  if (idle === undefined || isGiven(merged, 'ssl')) return
  throw new ConfigError(
    `Cannot use ${merged.get(idle)?.from}: no address speaks TLS, --ssl or an https:// address is needed`,
  )
}

/** `[::]` takes IPv4 too and would collide with `0.0.0.0` on the same port, so then it keeps to IPv6. */
function apart(listen: readonly ListenAddress[]): ListenAddress[] {
  const isTcp = (address: ListenAddress): address is TcpAddress => address.kind === 'tcp'
  const fours = listen.filter(isTcp).filter(({ host }) => host === '0.0.0.0')
  return listen.map(address =>
    isTcp(address) && address.host === '::' && fours.some(({ port }) => port === address.port && port !== 0)
      ? { ...address, ipv6Only: true }
      : address,
  )
}
