// What lies in the working directory under the name of a config file, and is none.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { runStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP } from './supervisor-support.ts'

test('a FIFO with the name of a config file is refused, not waited for', async () => {
  const cwd = temporaryFolder('test')
  execFileSync('mkfifo', [join(cwd, 'starlight.config.json')])
  const { code, stderr } = await runStarlight(['--port=0', APP], { cwd })
  assert.match(stderr, /Cannot read "starlight.config.json" of the working directory: it is not a file/)
  assert.equal(code, 2)
})
