// --help: one screenful per group, 80 columns.
import { GROUPS, type OptionRow, type OptionTable } from '../config/option.ts'
import { controlLines } from './control-names.ts'
import { defaultText, longForm } from './row-text.ts'
import { wrap } from './text.ts'

const WIDTH = 80
/** Where summaries begin. A longer option has its summary on the next line. */
const COLUMN = 30

const SERVE_INTRODUCTION = `Usage: starlight [options] [app]
       starlight fetch [options] /path [app]
       starlight COMMAND [--pid=FILE]   (see the end)

Serves a PSGI style, fetch or Node application from pre-started workers.
Every option can also be set as STARLIGHT_NAME in the environment and in
starlight.config.ts; the command line wins.`

const FETCH_INTRODUCTION = `Usage: starlight fetch [options] /path [app]

Sends one request to the application without a socket and prints the answer's
body. The exit code is 22 when the status is not 2xx. The options of the
groups Application and Limits (see starlight --help) hold too.`

/** The whole help of the server. */
export function helpText(table: OptionTable): string {
  return `${SERVE_INTRODUCTION}\n${groupTexts(table).join('')}\nCommands of a running server\n${controlLines()}`
}

/** The help of `starlight fetch`: its own options only. */
export function fetchHelpText(table: OptionTable): string {
  return `${FETCH_INTRODUCTION}\n${groupTexts(table).join('')}`
}

function groupTexts(table: OptionTable): string[] {
  return GROUPS.flatMap(group => {
    const rows = Object.values(table).filter(row => row.group === group)
    return rows.length === 0 ? [] : [`\n${group}\n${rows.map(rowText).join('')}`]
  })
}

function rowText(row: OptionRow): string {
  const short = row.short === undefined ? '    ' : `-${row.short}, `
  const head = `  ${short}${longForm(row)}`
  const fallback = defaultText(row)
  const aliases = (row.aliases ?? []).map(name => `--${name}`).join(', ')
  const meaning = aliases === '' ? row.summary : `${row.summary}, also ${aliases}`
  const summary = fallback === undefined ? meaning : `${meaning} [${fallback}]`
  const [first = '', ...others] = wrap(summary, WIDTH - COLUMN)
  const indent = ' '.repeat(COLUMN)
  const opening = head.length < COLUMN - 1 ? head.padEnd(COLUMN) : `${head}\n${indent}`
  return `${[opening + first, ...others.map(line => indent + line)].join('\n')}\n`
}
