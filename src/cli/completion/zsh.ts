// Completion for zsh, as a file of $fpath or for `source <(...)`.
import type { OptionRow, OptionTable } from '../../config/option.ts'
import { CONTROL_NAMES } from '../control-names.ts'
import { NOTICE } from '../notice.ts'
import { spellings } from '../row-text.ts'

export function zshCompletion(table: OptionTable): string {
  const specs = Object.values(table).flatMap(specsOf)
  return `#compdef starlight
# ${NOTICE}
# source <(starlight --completion=zsh), or as _starlight in a directory of $fpath
_starlight() {
_arguments -S \\
${specs.map(spec => `  ${spec} \\`).join('\n')}
  '1:application or command:{ compadd fetch ${CONTROL_NAMES.join(' ')}; _files }' \\
  '*:application:_files'
}

# As a function of $fpath it is called now; a file that is sourced says for what it is.
if [[ \${funcstack[1]} == _starlight ]]; then
  _starlight "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _starlight starlight
fi
`
}

/** One argument of _arguments per option: \`'(-w --workers)'{-w+,--workers=}'[summary]:N: '\`. */
function specsOf(row: OptionRow): string[] {
  const names = spellings(row)
  const exclusion = row.repeatable ? '*' : `(${names.join(' ')})`
  const forms = names.map(name => name + joiner(row, name))
  const spec = `'${exclusion}'${forms.length > 1 ? `{${forms.join(',')}}` : forms[0]}'[${quoted(row.summary)}]${action(row)}'`
  return row.kind === 'boolean' ? [spec, `'--no-${row.flag}[${quoted(`not: ${row.summary}`)}]'`] : [spec]
}

/** \`+\`: the value may stand in the same word; \`=\`: or behind an equals sign; \`=-\`: only there. */
function joiner(row: OptionRow, name: string): string {
  if (row.kind === 'boolean') return ''
  if (row.bare !== undefined) return '=-'
  return name.startsWith('--') ? '=' : '+'
}

function action(row: OptionRow): string {
  if (row.kind === 'boolean') return ''
  const message = `${row.bare === undefined ? ':' : '::'}${row.value}:`
  if (row.choices) return `${message}(${row.choices.join(' ')})`
  if (row.kind === 'directory') return `${message}_files -/`
  return row.kind === 'file' || row.flag === 'socket' ? `${message}_files` : `${message} `
}

/** Brackets and colons have a meaning inside of a spec, the quote ends it. */
function quoted(text: string): string {
  return text.replace(/[[\]:\\]/g, String.raw`\$&`).replaceAll("'", String.raw`'\''`)
}
