// TLS of a listener: what the files held to the options of node:tls.

import type { TLSSocket, TlsOptions } from 'node:tls'
import type { TlsMaterial } from './tls-files.ts'

// OpenSSL's SSL_VERIFY_* bits, which IO::Socket::SSL and so the ancestor's --ssl-verify-mode take as a number.
const VERIFY_PEER = 1
const FAIL_IF_NO_PEER_CERT = 2

export function tlsOptions(material: TlsMaterial): TlsOptions {
  const asks = (material.verifyMode & VERIFY_PEER) !== 0
  return {
    key: material.key,
    cert: material.cert,
    ...(material.clientCa === undefined ? {} : { ca: material.clientCa }),
    requestCert: asks,
    rejectUnauthorized: asks && (material.verifyMode & FAIL_IF_NO_PEER_CERT) !== 0,
    ALPNProtocols: ['http/1.1'],
  }
}

/** With SSL_VERIFY_PEER alone no certificate is fine, but one that does not verify is not. */
export function hasRefusedCertificate(socket: TLSSocket, verifyMode: number): boolean {
  if ((verifyMode & VERIFY_PEER) === 0 || socket.authorized) return false
  return Object.keys(socket.getPeerCertificate()).length > 0
}
