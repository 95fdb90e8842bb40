// docs/options.md: every option with what, default, when to change it and the trap.

import { GROUPS, keyOf, type OptionRow, type OptionTable, variableOf } from '../config/option.ts'
import { OUTSIDE_FILE } from '../config/sources/file.ts'
import { NOTICE } from './notice.ts'
import { defaultText, longForm, spellings } from './row-text.ts'
import { paragraphs, wrap } from './text.ts'

const INTRODUCTION = `# Options

    starlight [options] [app]

## How options are written

- \`--name=value\` or \`--name value\`, in any order, before or after the application. A single dash does too: \`-port=80\`.
- \`--flag\`, \`--flag=1\`, \`--flag=0\`, \`--no-flag\`, \`--enable-flag\`, \`--disable-flag\`. Behind a flag a bare \`0\` or \`1\` is
  its value, as in \`-q 1\`; nothing else is taken.
- \`-I\`, \`-M\` and \`-e\` take their value with or without a space: \`-Ilib\`, \`-M./tracing.ts\`, \`-e'(env) => ...'\`.
- \`--\` ends the options. The first bare argument is the application; a second one is an error.
- Sizes are bytes and take \`k\`, \`m\` and \`g\` (powers of 1024). Times are seconds and take \`ms\`, \`s\`, \`m\` and \`h\`.
- An option that is given twice counts the last time; a repeatable one adds up.

## Where options come from

From the strongest to the weakest:

1. \`PLACK_ENV\` in the environment, for \`--env\` alone.
2. The command line.
3. \`STARLIGHT_NAME\` in the environment: \`STARLIGHT_WORKERS=4\`. Repeatable options take items between commas, or a JSON
   array when an item holds a comma. An empty variable says nothing.
4. The config file: \`starlight.config.ts\`, \`.mts\`, \`.js\`, \`.mjs\` or \`.json\` in the working directory, or \`--config=FILE\`.
   \`inspect: true\` is the option without a value.
5. \`PORT\` for \`--port\` and \`PLACK_QUIET\` for \`--quiet\`.
6. The default.

\`--listen\`, \`--socket\`, \`--host\` and \`--port\` answer one question: where to listen. The strongest source that gives any
of them decides alone, so \`--port=8080\` on the command line replaces the addresses of a config file. Host and port complete each other over
all sources. \`starlight --print-config\` shows each value and where it came from.

\`\`\`ts
// starlight.config.ts
import { defineConfig } from 'starlight-server'

export default defineConfig({
  app: 'src/app.ts',
  workers: 4,
  listen: ['127.0.0.1:5000', 'unix:/run/app.sock?mode=0660'],
  limitRequestBody: '20m',
})
\`\`\`

In a \`starlight.config.json\` the key \`"$schema": "./node_modules/starlight-server/docs/starlight.config.schema.json"\` makes
an editor complete and check the keys.
`

/** The page for the server's options, and those of \`starlight fetch\` behind them. */
export function optionsPage(table: OptionTable, fetchTable: OptionTable): string {
  const groups = GROUPS.map(group => groupText(group, table)).join('')
  return `<!-- ${NOTICE} -->\n${INTRODUCTION}${groups}${groupText('Fetch', fetchTable)}`
}

function groupText(group: string, table: OptionTable): string {
  const rows = Object.values(table).filter(row => row.group === group)
  if (rows.length === 0) return ''
  const title = group === 'Fetch' ? 'starlight fetch [options] /path [app]' : group
  return `\n## ${title}\n${rows.map(optionText).join('')}`
}

function optionText(row: OptionRow): string {
  const facts = [
    `\`${longForm(row)}\``,
    ...spellings(row)
      .filter(spelling => spelling !== `--${row.flag}`)
      .map(spelling => `\`${spelling}\``),
  ]
  const isElsewhere = !row.commandLineOnly && row.group !== 'Fetch'
  const sources = isElsewhere
    ? [`\`${variableOf(row)}\``, ...(OUTSIDE_FILE.has(row.flag) ? [] : [`\`${keyOf(row.flag)}\``])]
    : []
  const fallback = defaultText(row)
  const heading = `${[...facts, ...sources].join(' · ')}${fallback === undefined ? '' : ` · default: ${fallback}`}`
  const texts = [`${row.summary}.`, ...paragraphs(row.description)].map(text => wrap(text, 120).join('\n'))
  return `\n### --${row.flag}\n\n${wrap(heading, 120).join('\n')}\n\n${texts.join('\n\n')}\n`
}
