import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bashCompletion } from '../../../src/cli/completion/bash.ts'
import { spellings } from '../../../src/cli/row-text.ts'
import { ROWS } from '../../../src/config/options.ts'

const script = bashCompletion(ROWS)

test('the bash completion offers every spelling', () => {
  const [, words = ''] = /compgen -W \$'(-a\\n--app.*)' --/.exec(script) ?? []
  const offered = words.split('\\n')
  for (const row of Object.values(ROWS)) {
    for (const spelling of spellings(row)) assert.ok(offered.includes(spelling), spelling)
    assert.equal(offered.includes(`--no-${row.flag}`), row.kind === 'boolean')
  }
})

test('the bash completion knows which options have a value, and of what kind', () => {
  assert.match(
    script,
    /^ {4}--interface\) COMPREPLY=\(\$\(compgen -W \$'psgi\\nfetch\\nnode\\nperl' -- "\$cur"\)\); return ;;$/m,
  )
  assert.match(script, /^ {4}-I\|--include\) COMPREPLY=\(\$\(compgen -d -- "\$cur"\)\); return ;;$/m)
  assert.match(script, /^ {4}-w\|--workers\|--max-workers\) COMPREPLY=\(\); return ;;$/m)
  assert.doesNotMatch(script, /^ {4}-q/m)
})
