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
  accessLogExclude: {
    flag: 'access-log-exclude',
    group: 'Logs',
    kind: 'text',
    value: 'PATH',
    repeatable: true,
    separator: ',',
    default: [],
    summary: 'Write no access line for these paths, such as /healthz',
    description: `Several are separated by commas, or the option is given again. Compared as a whole, without the query. Requests that
      are refused before the application sees them have their line all the same.`,
  },
  logFormat: {
    flag: 'log-format',
    group: 'Logs',
    kind: 'choice',
    value: 'FORMAT',
    choices: ['text', 'json', 'journal'],
    default: 'text',
    summary: 'How entries of the server log look: text, json or journal',
    description: `json writes an object per line, and makes json the default of --access-log-format, so that all lines are read in one
      way. journal writes text with the priority in front (<3>), as systemd's journal and logger --prio-prefix take it. What
      applications write to standard error themselves stays as it is.`,
  },
  logLevel: {
    flag: 'log-level',
    group: 'Logs',
    kind: 'choice',
    value: 'LEVEL',
    choices: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    summary: 'Leave out entries of the server log below LEVEL',
    description: `Holds for psgix.logger too. warn leaves out that and where the server serves, and reloads; debug adds why requests
      were refused and workers left.`,
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
    fallbackVariable: 'PLACK_QUIET',
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
