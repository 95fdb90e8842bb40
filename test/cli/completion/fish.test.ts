import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fishCompletion } from '../../../src/cli/completion/fish.ts'
import { CONTROL_NAMES } from '../../../src/cli/control-names.ts'
import { OPTIONS, ROWS } from '../../../src/config/options.ts'

test('the fish completion has a line per option and per negation', () => {
  const { workers, ssl, interface: kind, printConfig, pid } = OPTIONS
  const lines = fishCompletion({ workers, ssl, interface: kind, printConfig, pid }).split('\n').slice(2, 8)
  assert.deepEqual(lines, [
    "complete -c starlight -s w -l workers -l max-workers -r -f -d 'Worker processes; 0 serves in the one process'",
    "complete -c starlight -l ssl -d 'Speak TLS on the TCP addresses'",
    "complete -c starlight -l no-ssl -d 'Not: Speak TLS on the TCP addresses'",
    "complete -c starlight -l interface -r -f -a 'psgi fetch node perl' -d 'Kind of the application, when the guess is wrong'",
    "complete -c starlight -l print-config -f -a 'text json' -d 'Show every option, its value and where it came from; exit'",
    "complete -c starlight -l pid -r -F -d 'Write the process id of the master to FILE'",
  ])
})

test('the fish completion knows the commands', () => {
  for (const name of ['fetch', ...CONTROL_NAMES])
    assert.match(
      fishCompletion({}),
      new RegExp(`^complete -c starlight -n __fish_is_first_arg -a ${name} -d '.+'$`, 'm'),
    )
})

test('the quotes of the fish completion are paired', () => {
  for (const line of fishCompletion(ROWS).split('\n'))
    assert.equal((line.replace(/\\'/g, '').match(/'/g)?.length ?? 0) % 2, 0, line)
})
