// TLS of the listeners that name no files of their own.
export const TLS_OPTIONS = {
  ssl: {
    flag: 'ssl',
    group: 'TLS',
    kind: 'boolean',
    default: false,
    summary: 'Speak TLS on the TCP addresses',
    description: `Needs --ssl-key-file and --ssl-cert-file. It holds for --host and --port and for every --listen address
      without a scheme; http:// addresses and Unix sockets stay plain. For TLS on some addresses only, use
      HOST:PORT:ssl or https:// instead.`,
  },
  sslKeyFile: {
    flag: 'ssl-key-file',
    aliases: ['ssl-key'],
    group: 'TLS',
    kind: 'file',
    value: 'FILE',
    summary: 'Private key, PEM',
    description: `It may belong to root with mode 0600, also with --user. It must not be encrypted, and it must belong
      to the certificate: the start, --check-config and a reload refuse a pair that does not fit, with the file and the reason.

      A renewed pair is served without a restart: files that change, or links that lead to others, are noticed, read and checked, and all
      workers serve them from the next handshake on. What does not fit is said in the log, and the old pair stays.`,
  },
  sslCertFile: {
    flag: 'ssl-cert-file',
    aliases: ['ssl-cert'],
    group: 'TLS',
    kind: 'file',
    value: 'FILE',
    summary: 'Certificate with its chain, PEM',
    description: `The server's certificate first, then the intermediate ones, each followed by its issuer. A missing intermediate works in browsers that
      have seen it before and fails elsewhere. What is expired, missing or out of order is said at the start.`,
  },
  sslCaFile: {
    flag: 'ssl-ca-file',
    group: 'TLS',
    kind: 'file',
    value: 'FILE',
    summary: 'Authorities that client certificates are checked against, PEM',
    description: 'Used with --ssl-verify-mode when --ssl-client-ca-file names no others.',
  },
  sslClientCaFile: {
    flag: 'ssl-client-ca-file',
    group: 'TLS',
    kind: 'file',
    value: 'FILE',
    summary: 'Authorities that client certificates must come from, PEM',
    description: 'Their names are also sent to the client, so that a browser offers only certificates that fit.',
  },
  sslVerifyMode: {
    flag: 'ssl-verify-mode',
    group: 'TLS',
    kind: 'verify-mode',
    value: 'MODE',
    default: 0,
    summary: 'Client certificates: 0 none, 1 ask, 3 ask and require',
    description: `The numbers of IO::Socket::SSL. 1 accepts a client without certificate, 3 does not; both refuse a
      certificate that no authority of --ssl-client-ca-file or --ssl-ca-file signed, so one of those is needed.

      Perl Starlight documents the option and ignores it. Here it works.`,
  },
} as const
