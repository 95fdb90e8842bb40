// man/starlight.1, in the man(7) macros that every troff knows.
import { EXIT } from '../config/exit-codes.ts'
import { GROUPS, type OptionRow, type OptionTable, variableOf } from '../config/option.ts'
import { VERSION } from '../config/version.ts'
import { CONTROL_COMMANDS } from './control-names.ts'
import { EXIT_CODE_WORDS } from './exit-code-words.ts'
import { NOTICE } from './notice.ts'
import { defaultText, longForm } from './row-text.ts'
import { paragraphs, wrap } from './text.ts'

const DESCRIPTION = `starlight serves a web application from a pool of worker processes that are started before the first request comes. The
  application is a PSGI style function, a web standard fetch handler, or a Node request listener (Express, Koa, Fastify), written in
  TypeScript or JavaScript.

  Options may stand before and behind the application, as --name=value or --name value; flags also as --flag=1, --flag=0,
  --no-flag, --enable-flag and --disable-flag. Sizes are bytes and take k, m and g; times are seconds and take ms, s, m and h.`

const ENVIRONMENT = `Every option is also read from the variable STARLIGHT_NAME: its long name in capitals with underscores. The command line wins.
  Repeatable options take items between commas. PLACK_ENV beats --env; PORT and PLACK_QUIET count when nothing else says anything.`

const FILES = `starlight.config.ts, .mts, .js, .mjs or .json in the working directory: options by the camelCase of their long names. Variables and
  the command line win over it.`

const SIGNALS: readonly (readonly [string, string])[] = [
  ['TERM, INT, QUIT', 'End gracefully, within --graceful-timeout. A second one ends at once.'],
  [
    'HUP',
    'Read the configuration and replace the workers, the new before the old, which load the code anew. When that fails the old ones stay.',
  ],
  ['USR1', 'Open the logs again, after a rotation.'],
  ['USR2', 'Replace the whole server by a new one that takes the sockets over.'],
  ['TTIN, TTOU', 'One worker more, one less.'],
  ['WINCH', 'Let all workers go and queue connections, until HUP or TTIN. Not in a terminal.'],
]

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['starlight --workers=20 --max-reqs-per-child=100 app.ts', 'Twenty workers, each replaced after a hundred requests.'],
  [
    'starlight --port=443 --ssl=1 --ssl-key-file=file.key --ssl-cert-file=file.crt --user=www-data',
    'TLS on the usual port, with dropped rights.',
  ],
  [
    'starlight --socket=/run/app.sock --socket-mode=0660 --socket-group=www-data',
    'Behind a proxy on the same machine.',
  ],
  ['starlight fetch -i /login app.ts', 'One request, no socket.'],
]

/** The manual page for the server's table and that of `starlight fetch`. */
export function manPage(table: OptionTable, fetchTable: OptionTable): string {
  return `${[
    `.\\" ${NOTICE}`,
    `.TH STARLIGHT 1 "" "Starlight ${VERSION}" "User Commands"`,
    '.SH NAME',
    'starlight \\- serve a PSGI style, fetch or Node application from pre-started workers',
    '.SH SYNOPSIS',
    '.B starlight',
    '[\\fIoptions\\fR] [\\fIapp\\fR]',
    '.br',
    '.B starlight fetch',
    '[\\fIoptions\\fR] \\fI/path\\fR [\\fIapp\\fR]',
    '.SH DESCRIPTION',
    ...body(DESCRIPTION),
    '.SH OPTIONS',
    ...GROUPS.flatMap(group => section(group, table)),
    '.SH STARLIGHT FETCH',
    ...body(
      'Sends one request to the application without a socket and prints the body of the answer. The options of the groups Application and Limits hold too.',
    ),
    ...section('Fetch', fetchTable).slice(1),
    ...commands(),
    '.SH ENVIRONMENT',
    ...body(ENVIRONMENT),
    '.SH FILES',
    ...body(FILES),
    '.SH SIGNALS',
    ...body('To the master:'),
    ...SIGNALS.flatMap(([names, meaning]) => ['.TP', `.B ${names}`, ...lines(meaning)]),
    '.SH EXIT STATUS',
    ...Object.entries(EXIT_CODE_WORDS).flatMap(([name, { when }]) => [
      '.TP',
      `.B ${EXIT[name as keyof typeof EXIT]}`,
      ...lines(when),
    ]),
    '.SH EXAMPLES',
    ...EXAMPLES.flatMap(([command, meaning]) => ['.TP', `.B ${escaped(command)}`, ...lines(meaning)]),
  ].join('\n')}\n`
}

function commands(): string[] {
  return [
    '.SH COMMANDS OF A RUNNING SERVER',
    ...body('They ask the master over its control socket. The exit status is 1 when it did not do it.'),
    ...Object.values(CONTROL_COMMANDS).flatMap(([usage, meaning]) => [
      '.TP',
      `.B starlight ${escaped(usage)}`,
      ...lines(meaning),
    ]),
  ]
}

function section(group: string, table: OptionTable): string[] {
  const rows = Object.values(table).filter(row => row.group === group)
  return rows.length === 0 ? [] : [`.SS ${group}`, ...rows.flatMap(entry)]
}

function entry(row: OptionRow): string[] {
  const spelled = [
    ...(row.short === undefined ? [] : [`-${row.short}`]),
    longForm(row),
    ...(row.aliases ?? []).map(name => `--${name}`),
  ]
  const fallback = defaultText(row)
  const facts = [
    ...(fallback === undefined ? [] : [`Default: ${fallback}.`]),
    ...(row.commandLineOnly || row.group === 'Fetch' ? [] : [`Environment: ${variableOf(row)}.`]),
  ]
  const [first = '', ...others] = paragraphs(row.description)
  const tail = facts.length === 0 ? [] : ['.IP', ...lines(facts.join(' '))]
  const more = others.flatMap(text => ['.IP', ...lines(text)])
  return [
    '.TP',
    `.B ${spelled.map(escaped).join(', ')}`,
    ...lines(`${row.summary}.`),
    '.IP',
    ...lines(first),
    ...more,
    ...tail,
  ]
}

function body(text: string): string[] {
  return paragraphs(text).flatMap((paragraph, i) => [...(i === 0 ? [] : ['.PP']), ...lines(paragraph)])
}

function lines(text: string): string[] {
  return wrap(text, 100).map(escaped)
}

/** A backslash begins an escape, a minus would become a hyphen that cannot be pasted, a leading dot or quote a request. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('`', '\\(ga')
    .replace(/^([.'])/, '\\&$1')
}
