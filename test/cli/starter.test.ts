import assert from 'node:assert/strict'
import { test } from 'node:test'
import { starterCommand } from '../../src/cli/starter.ts'
import type { ConfigError } from '../../src/config/errors.ts'

const MISTAKES: readonly [argv: readonly string[], message: RegExp][] = [
  [[], /no program is named/],
  [['--prot=80', '--', 'true'], /Cannot read the command line: Unknown option '--prot'/],
  [['--port=http', '--', 'true'], /Cannot use "http" for --port/],
  [['--interval=soon', '--', 'true'], /Cannot use "soon" for --interval/],
  [['--restart'], /--pid-file and --status-file are needed/],
  [['--stop'], /--pid-file is needed/],
  [['--stop', '--pid-file=/nowhere/pid'], /no process runs that "\/nowhere\/pid" names/],
]

for (const [argv, message] of MISTAKES) {
  test(`starlight-starter ${argv.join(' ')} is refused with a reason`, async () => {
    await assert.rejects(starterCommand(argv), (error: ConfigError) => message.test(error.message))
  })
}
