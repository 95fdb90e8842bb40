// What is written where.
export const LOG_OPTIONS = {
  accessLog: {
    flag: 'access-log',
    group: 'Logs',
    kind: 'file',
    value: 'FILE',
    summary: 'Append a line per answer to FILE; - is standard output',
    description: `Off by default; --env=development writes to standard error. The file is opened before rights are dropped.`,
  },
  accessLogFormat: {
    flag: 'access-log-format',
    group: 'Logs',
    kind: 'text',
    value: 'FORMAT',
    default: 'combined',
    summary: 'combined, common, json, or a format such as "%h %r %>s %D"',
    description: `A format string takes Apache's directives. combined and common are those of Apache, json is one object per
      line. Give the string in single quotes: the shell would take %{...}i and $ apart.`,
  },
  errorLog: {
    flag: 'error-log',
    group: 'Logs',
    kind: 'file',
    value: 'FILE',
    summary: 'Append the server log and standard error to FILE',
    description: `By default both go to standard error. Opened before rights are dropped, so root may own the directory.`,
  },
  quiet: {
    flag: 'quiet',
    short: 'q',
    group: 'Logs',
    kind: 'boolean',
    default: false,
    customaryVariable: 'PLACK_QUIET',
    summary: 'Do not say that and where the server serves',
    description: `Warnings and errors are still written. A flag: in the ancestor -q takes the next argument, so that
      "starlight -q app.psgi" lost its application; here it does not.`,
  },
  serverHeader: {
    flag: 'server-header',
    group: 'Logs',
    kind: 'text',
    value: 'TEXT',
    mayBeEmpty: true,
    default: 'Starlight',
    summary: 'The Server field of every answer; empty for none',
    description: `No version by default: it tells an attacker more than a client. A Server field of the application wins.`,
  },
} as const
