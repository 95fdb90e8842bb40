import { EXIT } from '../config/exit-codes.ts'
import { EXIT_CODE_WORDS } from './exit-code-words.ts'
import { NOTICE } from './notice.ts'

/** docs/exit-codes.md */
export function exitCodesPage(): string {
  const rows = Object.entries(EXIT_CODE_WORDS).map(([name, { when, remedy }]) => {
    return `| ${EXIT[name as keyof typeof EXIT]} | ${when} | ${remedy} |`
  })
  return `<!-- ${NOTICE} -->
# Exit codes

The codes are permanent: unit files and scripts may rely on them. A failure is one sentence on standard error; an
application that cannot be loaded shows its own error with its stack.

| code | when | what to do |
| --- | --- | --- |
${rows.join('\n')}

With systemd, \`RestartPreventExitStatus=2 4 6 7\` keeps it from starting again what cannot succeed.
With \`--daemonize\` the command that was typed ends with the same codes, so that an init script sees a failed start.
`
}
