// Where to listen, as plain data. Parsed from --listen, --host/--port and --socket; bound by server/listen.

/** A private key and its certificate: paths of PEM files. */
export interface TlsPairFiles {
  readonly keyFile: string
  readonly certFile: string
  /** Whether both are one file, of PKCS #12. */
  readonly isPfx?: true
}

/**
 * TLS of one listener: paths of PEM files; a pair, or a directory, or both. `verifyMode` as IO::Socket::SSL has it: 0 none, 1 ask, 3 ask and
 * require.
 */
export interface TlsFiles extends Partial<TlsPairFiles> {
  /** Pairs by SNI besides, as they are found there. */
  readonly directory?: string
  /** For clients that ask for a name which one of these has (SNI); all others get the pair above. */
  readonly others?: readonly TlsPairFiles[]
  /** Passphrases of encrypted keys, one a line. */
  readonly passphraseFile?: string
  /** Default: TLSv1.2. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  /** As OpenSSL writes them, default: those of Node. */
  readonly ciphers?: string
  readonly caFile?: string
  readonly clientCaFile?: string
  readonly verifyMode: number
}

export type ListenAddress =
  | {
      readonly kind: 'tcp'
      /** Address or name; undefined: every interface. */
      readonly host: string | undefined
      readonly port: number
      /** True: an IPv6 socket that takes IPv6 only. */
      readonly ipv6Only?: boolean
      /** Whether clients may speak HTTP/2 by prior knowledge. Never with `tls`. */
      readonly h2c?: boolean
      /** Whether each connection begins with a header of the PROXY protocol. */
      readonly proxy?: boolean
      readonly tls?: TlsFiles
    }
  | {
      readonly kind: 'unix'
      readonly path: string
      /** Permission bits, such as 0o660. */
      readonly mode?: number
      readonly owner?: string
      readonly group?: string
      readonly h2c?: boolean
      readonly proxy?: boolean
      readonly tls?: TlsFiles
    }
  | {
      readonly kind: 'abstract'
      readonly name: string
      readonly h2c?: boolean
      readonly proxy?: boolean
      readonly tls?: TlsFiles
    }

/** An address as text: `http://127.0.0.1:5000`, `https://[::1]:443`, `unix:/run/app.sock`, `unix:@app`. */
export function addressText(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  if (address.kind === 'abstract') return `unix:@${address.name}`
  return `${address.tls ? 'https' : 'http'}://${hostWithPort(address.host ?? '*', address.port)}`
}

/** `127.0.0.1:5000`, `[::1]:5000`: an IPv6 address stands in brackets (RFC 3986 3.2.2). */
export function hostWithPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
