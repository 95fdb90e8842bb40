// TLS of a listener: PEM files to the options of node:tls.

import { readFileSync } from 'node:fs'
import type { TLSSocket, TlsOptions } from 'node:tls'
import type { TlsFiles } from '../config/address.ts'
import { EXIT } from '../config/exit-codes.ts'
import { ConfigMistake } from '../config/mistakes.ts'

/** What the files held: plain strings, so that a master can read them as root and hand them to its workers. */
export interface TlsMaterial {
  readonly key: string
  readonly cert: string
  /** Certificates of the authorities that client certificates must come from. */
  readonly clientCa: string | undefined
  readonly verifyMode: number
}

// OpenSSL's SSL_VERIFY_* bits, which IO::Socket::SSL and so the ancestor's --ssl-verify-mode take as a number.
const VERIFY_PEER = 1
const FAIL_IF_NO_PEER_CERT = 2

/** Reads the files; a ConfigMistake names the one that cannot be read. */
export function readTlsFiles(files: TlsFiles): TlsMaterial {
  const chain = files.caFile === undefined ? '' : `\n${readPem('certificate authority', files.caFile)}`
  return {
    key: readPem('key', files.keyFile),
    // The chain that leads from the certificate to its root is sent along with it.
    cert: readPem('certificate', files.certFile) + chain,
    clientCa:
      files.clientCaFile === undefined
        ? files.caFile && readPem('certificate authority', files.caFile)
        : readPem('client certificate authority', files.clientCaFile),
    verifyMode: files.verifyMode,
  }
}

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

function readPem(what: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message
    throw new ConfigMistake(`Cannot read the TLS ${what} "${path}": ${reason}`, EXIT.usage, { cause: error })
  }
}
