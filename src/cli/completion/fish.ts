// Completion for fish.
import type { OptionRow, OptionTable } from '../../config/option.ts'
import { CONTROL_COMMANDS } from '../control-names.ts'
import { NOTICE } from '../notice.ts'

export function fishCompletion(table: OptionTable): string {
  const lines = Object.values(table).flatMap(linesOf)
  const commands = Object.entries(CONTROL_COMMANDS).map(
    ([name, [, meaning]]) => `complete -c starlight -n __fish_is_first_arg -a ${name} -d '${quoted(meaning)}'`,
  )
  return `# ${NOTICE}
# starlight --completion=fish | source
${lines.join('\n')}
complete -c starlight -n __fish_is_first_arg -a fetch -d 'Send one request to the application'
${commands.join('\n')}
`
}

function linesOf(row: OptionRow): string[] {
  const short = row.short === undefined ? '' : ` -s ${row.short}`
  const names = [row.flag, ...(row.aliases ?? [])].map(name => ` -l ${name}`).join('')
  const line = `complete -c starlight${short}${names}${argument(row)} -d '${quoted(row.summary)}'`
  return row.kind === 'boolean'
    ? [line, `complete -c starlight -l no-${row.flag} -d '${quoted(`Not: ${row.summary}`)}'`]
    : [line]
}

/** \`-r\`: a value is needed; \`-f\`: it is no file; \`-F\`: it is one. */
function argument(row: OptionRow): string {
  if (row.kind === 'boolean') return ''
  const need = row.bare === undefined ? ' -r' : ''
  if (row.choices) return `${need} -f -a '${row.choices.join(' ')}'`
  if (row.kind === 'directory') return `${need} -f -a '(__fish_complete_directories)'`
  return row.kind === 'file' || row.flag === 'socket' ? `${need} -F` : `${need} -f`
}

function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
}
