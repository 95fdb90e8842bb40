import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zshCompletion } from '../../../src/cli/completion/zsh.ts'
import { OPTIONS, ROWS } from '../../../src/config/options.ts'

test('the zsh completion has a spec per option and per negation', () => {
  const { workers, ssl, interface: kind, printConfig, include } = OPTIONS
  const specs = zshCompletion({ workers, ssl, interface: kind, printConfig, include })
    .split('\n')
    .filter(line => line.startsWith("  '"))
  assert.deepEqual(specs.slice(0, -2), [
    "  '(-w --workers --max-workers)'{-w+,--workers=,--max-workers=}'[Worker processes; 0 serves in the one process]:N: ' \\",
    "  '(--ssl)'--ssl'[Speak TLS on the TCP addresses]' \\",
    "  '--no-ssl[not\\: Speak TLS on the TCP addresses]' \\",
    "  '(--interface)'--interface='[Kind of the application, when the guess is wrong]:KIND:(psgi fetch node perl)' \\",
    "  '(--print-config)'--print-config=-'[Show every option, its value and where it came from; exit]::FORMAT:(text json)' \\",
    "  '*'{-I+,--include=}'[Look for modules in DIR first; may be repeated]:DIR:_files -/' \\",
  ])
})

test('the zsh completion begins as zsh wants it, and its quotes are paired', () => {
  const script = zshCompletion(ROWS)
  assert.match(script, /^#compdef starlight\n/)
  for (const line of script.split('\n').slice(2)) assert.equal((line.match(/'/g)?.length ?? 0) % 2, 0, line)
})
