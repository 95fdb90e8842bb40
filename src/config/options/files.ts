// Files that the server sends itself.
export const FILE_OPTIONS = {
  static: {
    flag: 'static',
    group: 'Files',
    kind: 'text',
    value: '[/PATH=]DIR',
    repeatable: true,
    default: [],
    summary: 'Serve the files of DIR below /PATH, before the application is asked',
    description: `--static=./public for all paths, --static=/assets=./dist for those below /assets; given again, the directories are asked in this order.
      GET and HEAD of what is a file are answered, with ETag, Last-Modified, conditions and ranges; all else goes to the application. A
      directory is its index.html; none is listed. Names that begin with a dot are not there, except below .well-known at the top.

      A file beside it with .br, .zst or .gz, not older than it, is sent to clients that take it. Files are looked at once a second at the most, so that a
      change is seen a second later. Cache-Control: --static-cache. docs/files.md has more.`,
  },
  staticCache: {
    flag: 'static-cache',
    group: 'Files',
    kind: 'text',
    value: 'PATTERN=VALUE',
    repeatable: true,
    default: [],
    summary: 'Cache-Control of static files, such as *.woff2=max-age=86400',
    description: `May be given again; the first pattern that fits counts. Without a slash it is one of names, with one of whole paths, such as
      /assets/**; * stands for any characters but a slash, ** for any, ? for one.

      What no pattern fits is immutable for a year when its name has a hash of its content (app-3f2a9c1b.js, index-BwK3nX9a.css), and no-cache otherwise:
      browsers keep it and ask each time whether it has changed.`,
  },
  staticSymlinks: {
    flag: 'static-symlinks',
    group: 'Files',
    kind: 'boolean',
    default: false,
    summary: 'Follow symbolic links that lead out of a static directory',
    description: `By default what such a link leads to is not there; links within the directory are followed. The directory itself may be a link in any case.
      Switch it on only where nobody else can make links: they show whatever the workers may read.`,
  },
  sendfile: {
    flag: 'sendfile',
    group: 'Files',
    kind: 'text',
    value: '[/PATH=]DIR',
    repeatable: true,
    default: [],
    summary: 'Send the files of DIR that applications name in X-Sendfile',
    description: `An application that answers with X-Sendfile: /srv/private/a.pdf has that file sent, with ranges and conditions, when it is
      below a DIR of this option. X-Accel-Redirect: /private/a.pdf is the same by the /PATH of the option, as with nginx: --sendfile=/private=/srv/private.
      May be given again. The application's own fields are sent, except for these two; its body is not.

      What is below no DIR is answered with 500, and said in the log; a missing file with 404. Links must not lead out of DIR. Without the option the fields mean
      nothing. Plack::Middleware::XSendfile needs its variation: X-Sendfile.`,
  },
  compress: {
    flag: 'compress',
    group: 'Files',
    kind: 'choice',
    value: 'CODINGS',
    choices: ['zstd', 'br', 'gzip', 'none'],
    repeatable: true,
    separator: ',',
    bare: 'zstd,br,gzip',
    default: [],
    summary: 'Compress answers, with zstd, br or gzip as clients take them',
    description: `Of the codings that a client likes best, the first one here is taken; --compress alone is zstd,br,gzip, and none switches it off. Text, JSON,
      XML, JavaScript, SVG and other types that become shorter are compressed, from --compress-min-size on, streams piece by piece; never what is
      coded already, a part, or has Cache-Control: no-transform. The answer has Vary: Accept-Encoding, no Content-Length, and a weak ETag. zstd needs Node
      22.15 or 23.8 and is left out before.

      Off by default. Where an answer over TLS has a secret (a CSRF token) and something that its client has sent, an attacker who can make a browser ask and see
      lengths learns the secret (BREACH). Applications that change such tokens for each answer, or send Cache-Control: no-transform with these
      answers, are safe. docs/files.md has more.`,
  },
  compressMinSize: {
    flag: 'compress-min-size',
    group: 'Files',
    kind: 'bytes',
    value: 'BYTES',
    default: 1024,
    summary: 'Shortest answer that --compress touches',
    description: `Shorter ones fit into one packet either way. Answers in pieces whose length nobody knows are compressed. nginx chose 20 bytes, Caddy 512, Apache
      none. 0 compresses all.`,
  },
} as const
