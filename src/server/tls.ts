// TLS of a listener: what the files held to the options of node:tls.

import type { SecureContext, SecureContextOptions, Server, TLSSocket, TlsOptions } from 'node:tls'
import { pairFor } from './server-name.ts'
import type { TlsMaterial, TlsPair } from './tls-files.ts'

// OpenSSL's SSL_VERIFY_* bits, which IO::Socket::SSL and so the ancestor's --ssl-verify-mode take as a number.
const VERIFY_PEER = 1
const FAIL_IF_NO_PEER_CERT = 2

export function asksForCertificate({ verifyMode }: Pick<TlsMaterial, 'verifyMode'>): boolean {
  return (verifyMode & VERIFY_PEER) !== 0
}

/** `http2`: whether it is offered to clients. */
export function tlsOptions(material: TlsMaterial, http2: boolean): TlsOptions {
  const asks = asksForCertificate(material)
  return {
    ...contextOptions(material, material.pairs[0]),
    requestCert: asks,
    rejectUnauthorized: asks && (material.verifyMode & FAIL_IF_NO_PEER_CERT) !== 0,
    ALPNProtocols: http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
  }
}

/** What belongs to one certificate, and may be another tomorrow. */
function contextOptions(material: TlsMaterial, { key, cert }: TlsPair): SecureContextOptions {
  const { clientCa, minVersion = 'TLSv1.2', ciphers, ticketKey } = material
  return {
    key,
    cert,
    minVersion,
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(clientCa === undefined ? {} : { ca: clientCa }),
    // Part of what makes a session known again: by default it holds the path of the program, which a new release changes.
    sessionIdContext: 'starlight',
    ...(ticketKey === undefined ? {} : { ticketKeys: Buffer.from(ticketKey, 'hex') }),
  }
}

/** What a TLS server of Node's serves handshakes from now on with. Its connections keep what they have. */
export function renewServer(server: Server, material: TlsMaterial): void {
  server.setSecureContext(contextOptions(material, material.pairs[0]))
}

/** The context of the certificate for the name that a client asks for; undefined: that of the first one. */
export function contextFor(material: TlsMaterial, name: string): SecureContext | undefined {
  const pair = pairFor(material.pairs, name)
  if (pair === material.pairs[0]) return undefined
  const { createSecureContext } = process.getBuiltinModule('node:tls')
  const made = CONTEXTS.get(material) ?? new Map<TlsPair, SecureContext>()
  const context = made.get(pair) ?? createSecureContext(contextOptions(material, pair))
  CONTEXTS.set(material, made.set(pair, context))
  return context
}

/**
 * Made when a client asks for one first. By material, because each holds its ticket key: Node opens a ticket with that of the first
 * context and seals the next with that of the context chosen by name.
 */
const CONTEXTS = new WeakMap<TlsMaterial, Map<TlsPair, SecureContext>>()

/**
 * With SSL_VERIFY_PEER alone no certificate is fine, but one that does not verify is not. OpenSSL does not say of a session of TLS 1.3 that is
 * resumed that nobody has shown a certificate: without a word from here `authorized` would be true then, for anybody who comes twice.
 */
export function hasRefusedCertificate(socket: TLSSocket, material: TlsMaterial): boolean {
  if (!asksForCertificate(material)) return false
  const isAnonymous = socket.getPeerX509Certificate() === undefined
  if (isAnonymous && socket.authorized) {
    // The word that Node has for it in a new session.
    Object.assign(socket, { authorized: false, authorizationError: 'UNABLE_TO_GET_ISSUER_CERT' })
  }
  return !isAnonymous && !socket.authorized
}
