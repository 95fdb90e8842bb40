// Completion for bash 3.2 and newer, without the bash-completion package.
import type { OptionRow, OptionTable } from '../../config/option.ts'
import { CONTROL_NAMES } from '../control-names.ts'
import { NOTICE } from '../notice.ts'
import { spellings } from '../row-text.ts'

export function bashCompletion(table: OptionTable): string {
  const rows = Object.values(table)
  const words = rows.flatMap(row => [...spellings(row), ...(row.kind === 'boolean' ? [`--no-${row.flag}`] : [])])
  return `# ${NOTICE}
# source <(starlight --completion=bash)
_starlight() {
  local IFS=$'\\n' cur=\${COMP_WORDS[COMP_CWORD]} option=
  (( COMP_CWORD > 0 )) && option=\${COMP_WORDS[COMP_CWORD-1]}
  # "=" is a word of its own in COMP_WORDS: --port=80 are three.
  if [[ $cur == = ]]; then cur=
  elif [[ $option == = ]]; then option=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $option in
${rows.flatMap(caseOf).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W $'${words.join('\\n')}' -- "$cur"))
  else
    COMPREPLY=($(compgen -f -- "$cur"))
    (( COMP_CWORD == 1 )) && COMPREPLY+=($(compgen -W $'fetch\\n${CONTROL_NAMES.join('\\n')}' -- "$cur"))
  fi
}
complete -o filenames -F _starlight starlight
`
}

/** Options whose value can be completed, or must not be taken for a file. */
function caseOf(row: OptionRow): string[] {
  if (row.kind === 'boolean' || row.bare !== undefined) return []
  const pattern = spellings(row).join('|')
  return [`    ${pattern}) ${replyOf(row)} return ;;`]
}

function replyOf(row: OptionRow): string {
  if (row.choices) return `COMPREPLY=($(compgen -W $'${row.choices.join('\\n')}' -- "$cur"));`
  if (row.kind === 'directory') return 'COMPREPLY=($(compgen -d -- "$cur"));'
  return row.kind === 'file' || row.flag === 'socket' ? 'COMPREPLY=($(compgen -f -- "$cur"));' : 'COMPREPLY=();'
}
