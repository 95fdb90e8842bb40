// What a proxy has told of its client by the PROXY protocol, before the connection's first byte (haproxy.org: doc/proxy-protocol.txt).

/** TLS between the client and its proxy (PP2_TYPE_SSL). */
export interface ProxySsl {
  /** Whether the client has shown a certificate, on this connection or an earlier one of its session. */
  readonly hasCertificate: boolean
  /** Whether it was one, and the proxy has verified it. */
  readonly isVerified: boolean
  /** Such as `TLSv1.3`. */
  readonly version?: string
  /** Such as `TLS_AES_256_GCM_SHA384`. */
  readonly cipher?: string
  /** Common name of the client certificate's subject. */
  readonly commonName?: string
}

export interface ProxyTlvs {
  /** The protocol that client and proxy have chosen, such as `h2`. */
  readonly alpn?: string
  /** The host that the client has asked for (SNI). */
  readonly authority?: string
  /** The name that the proxy has given the connection. */
  readonly uniqueId?: string
  /** Absent: the client speaks no TLS, or the proxy does not say. */
  readonly ssl?: ProxySsl
}

/** What a proxy tells of its client. */
export interface ProxyHeader extends ProxyTlvs {
  readonly version: 1 | 2
  /** `local`: the proxy speaks for itself (LOCAL, for health checks), or does not know its client (UNKNOWN): the connection's own addresses hold. */
  readonly source: 'tcp' | 'unix' | 'local'
  /** Of the client, and of the place that it has connected to. Only for `tcp`. */
  readonly remoteAddress?: string
  readonly remotePort?: number
  readonly localAddress?: string
  readonly localPort?: number
}
