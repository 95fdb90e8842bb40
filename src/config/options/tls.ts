// TLS of the listeners that name no files of their own.
export const TLS_OPTIONS = {
  ssl: {
    flag: 'ssl',
    group: 'TLS',
    kind: 'boolean',
    default: false,
    summary: 'Speak TLS on the TCP addresses',
    description: `Needs --ssl-key-file and --ssl-cert-file, or another source of a certificate below. It holds for --host and --port and for every --listen address
      without a scheme; http:// addresses and Unix sockets stay plain. For TLS on some addresses only, use
      HOST:PORT:ssl or https:// instead.`,
  },
  sslKeyFile: {
    flag: 'ssl-key-file',
    aliases: ['ssl-key'],
    group: 'TLS',
    kind: 'file',
    value: 'FILE',
    repeatable: true,
    default: [],
    summary: 'Private key, PEM; may be repeated',
    description: `It may belong to root with mode 0600, also with --user. An encrypted one needs --ssl-passphrase-file. It must belong
      to its certificate, the first key to the first one and so on: the start, --check-config and a reload refuse a pair that does not fit, with the file and the reason.

      A renewed pair is served without a restart: files that change, or links that lead to others, are noticed, read and checked, and all
      workers serve them from the next handshake on. What does not fit is said in the log, and the old pair stays.`,
  },
  sslCertFile: {
    flag: 'ssl-cert-file',
    aliases: ['ssl-cert'],
    group: 'TLS',
    kind: 'file',
    value: 'FILE',
    repeatable: true,
    default: [],
    summary: 'Certificate with its chain, PEM; may be repeated',
    description: `The server's certificate first, then the intermediate ones, each followed by its issuer. A missing intermediate works in browsers that
      have seen it before and fails elsewhere. What is expired, missing or out of order is said at the start.

      Of several, a client gets the first one that has the name which it asks for (SNI): the very name before a wildcard, which stands for one label.
      Clients that ask for no name, or for one that none has, get the first. Two keys for one name (RSA and ECDSA) are not served side by side.`,
  },
  sslPfxFile: {
    flag: 'ssl-pfx-file',
    aliases: ['ssl-pfx'],
    group: 'TLS',
    kind: 'file',
    value: 'FILE',
    repeatable: true,
    default: [],
    summary: 'Key and certificate with its chain in one PFX file (PKCS #12)',
    description: `As Windows and Java write it, .pfx or .p12; besides --ssl-key-file and --ssl-cert-file or in their place, and renewed like them. Its
      passphrase is in --ssl-passphrase-file.`,
  },
  sslCertDir: {
    flag: 'ssl-cert-dir',
    group: 'TLS',
    kind: 'directory',
    value: 'DIR',
    summary: 'Directory of certificates with their keys, one for each site (SNI)',
    description: `Taken are NAME.crt (.cer, .pem) with NAME.key or NAME-key.pem, NAME.pem that holds both, NAME.pfx (.p12), and the directories NAME/
      with fullchain.pem and privkey.pem (certbot's live) or tls.crt and tls.key (Kubernetes). Names of files mean nothing: a client gets the certificate that has
      the name which it asks for. Clients that ask for none, or for one that none has, get the one called default, else the first in the order of their
      names; where --ssl-cert-file or --acme is given as well, that.

      The start refuses what does not fit. Later, what is added, renewed or removed is noticed and served without a restart; a pair that does not fit is
      said in the log, and keeps no other from being taken.`,
  },
  sslPassphraseFile: {
    flag: 'ssl-passphrase-file',
    group: 'TLS',
    kind: 'file',
    value: 'FILE',
    summary: 'Passphrases of encrypted keys, one a line',
    description: `Each line is tried for each encrypted key and PFX file. The file is read whenever the keys are, and needs the same care.`,
  },
  sslMinVersion: {
    flag: 'ssl-min-version',
    group: 'TLS',
    kind: 'choice',
    value: 'VERSION',
    choices: ['TLSv1.2', 'TLSv1.3'],
    default: 'TLSv1.2',
    summary: 'Lowest version of TLS: TLSv1.2 or TLSv1.3',
    description: `TLSv1.3 keeps out clients from before 2018. Versions below 1.2 are not to be used (RFC 8996), and are not spoken.`,
  },
  sslCiphers: {
    flag: 'ssl-ciphers',
    group: 'TLS',
    kind: 'text',
    value: 'LIST',
    summary: 'Ciphers that may be used, as OpenSSL writes them',
    description: `Names between colons, such as ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256, for TLS 1.2; those of TLS 1.3 begin with TLS_, and without any
      of them TLS 1.3 is not spoken. The server's order counts. The default is that of Node.`,
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
  acme: {
    flag: 'acme',
    group: 'TLS',
    kind: 'text',
    value: 'NAME',
    repeatable: true,
    separator: ',',
    default: [],
    summary: 'Get a certificate for these names by itself (ACME), and renew it',
    description: `DNS names, separated by commas: one certificate for all of them (RFC 8555; Let's Encrypt and others). It is served on the
      addresses with TLS, behind those of --ssl-cert-file, and renewed when a third of its life is left, or when its authority says so (RFC 9773), without
      a restart. Needs --acme-agree-tos, and that the authority reaches this server by each name, on port 80 or 443: --listen=:443:ssl --listen=:80.

      Until the first certificate is there, one that nobody has signed stands in for it, so that plain requests and challenges are served from the
      beginning; browsers warn. What fails is said in the log with the time of the next attempt, which is kept over restarts: minutes at first,
      half a day in the end, or what the authority asks for. Wildcards (dns-01) are not spoken.`,
  },
  acmeAgreeTos: {
    flag: 'acme-agree-tos',
    group: 'TLS',
    kind: 'boolean',
    default: false,
    summary: 'Agree to the terms of service of the authority of --acme',
    description: `No authority gives certificates without. Those of Let's Encrypt: https://letsencrypt.org/repository/.`,
  },
  acmeEmail: {
    flag: 'acme-email',
    group: 'TLS',
    kind: 'text',
    value: 'ADDRESS',
    summary: 'Address at which the authority of --acme may reach you',
    description: `Given when the account is opened, and not changed later. Not every authority writes to it: Let's Encrypt does not any more.`,
  },
  acmeEabFile: {
    flag: 'acme-eab-file',
    group: 'TLS',
    kind: 'file',
    value: 'FILE',
    summary: 'What the authority of --acme has given you as its customer',
    description: `External account binding (RFC 8555 7.3.4), as ZeroSSL, Google and companies want it: the key identifier and its key (HMAC, base64url), with a
      blank or the end of a line between them. It is read when the account is opened, by the user of the server.`,
  },
  acmeDirectory: {
    flag: 'acme-directory',
    group: 'TLS',
    kind: 'text',
    value: 'URL',
    default: 'letsencrypt',
    summary: 'Directory of the authority of --acme; for tests its staging one',
    description: `letsencrypt, letsencrypt-staging, or an https:// URL. letsencrypt-staging is for tests: its limits are far, and no browser takes its
      certificates. Each authority has an account and certificates of its own in --acme-storage. One with a root of its own needs
      NODE_EXTRA_CA_CERTS=FILE in the environment.`,
  },
  acmeStorage: {
    flag: 'acme-storage',
    group: 'TLS',
    kind: 'directory',
    value: 'DIR',
    computed: 'starlight/acme in /var/lib as root, else in $XDG_STATE_HOME or ~/.local/state',
    summary: 'Where keys and certificates of --acme are kept',
    description: `It is made with mode 0700 for --user, its files with 0600. It must outlive the server: authorities give few certificates for the same
      names in a week. Servers and machines may share it: one of them asks, each answers the authority, and all serve what comes.`,
  },
  acmeChallenge: {
    flag: 'acme-challenge',
    group: 'TLS',
    kind: 'choice',
    value: 'TYPE',
    choices: ['http-01', 'tls-alpn-01'],
    summary: 'How names of --acme are proved: http-01 or tls-alpn-01',
    description: `http-01: the authority asks http://NAME/.well-known/acme-challenge/ on port 80, which --redirect-to-https leaves alone. tls-alpn-01 (RFC 8737):
      it shakes hands on port 443; what stands in front must pass TLS through. By default http-01 where an address speaks no TLS, and after a failure the other one.`,
  },
  redirectToHttps: {
    flag: 'redirect-to-https',
    group: 'TLS',
    kind: 'port',
    value: 'PORT',
    summary: 'Redirect requests without TLS to https on PORT, 443 as a rule',
    description: `308, to the same host, path and query. What a trusted proxy says it has received by https (--trusted-proxies) is served, and so are the
      paths of --health-path. 0 redirects nothing. Together with --ssl, plain requests need an address of their own: --listen=:443:ssl --listen=:80.`,
  },
  hsts: {
    flag: 'hsts',
    group: 'TLS',
    kind: 'count',
    value: 'SECONDS',
    default: 0,
    summary: 'Tell browsers to keep to https for SECONDS (Strict-Transport-Security)',
    description: `RFC 6797. In answers over https only, unless the application gives its own field, for example with includeSubDomains. Begin with
      little, such as 300: browsers that have seen a long time do not come back by http. 31536000 is a year. 0 sends none.`,
  },
} as const
