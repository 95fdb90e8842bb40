import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { whenGone, whenSo } from '../../src/cli/control-wait.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('a fact is waited for, look by look, and a server that goes ends the wait', async t => {
  const socket = join(temporaryFolder(t, 'wait'), 'control')
  let serving = 0
  const server = createServer((_, response) => response.end(JSON.stringify({ pid: 1, serving: ++serving })))
  server.listen(socket)
  await once(server, 'listening')
  await whenSo(socket, status => status.serving === 3)
  assert.equal(serving, 3)
  // Another process answers there: the one that was asked to stop is gone.
  await whenGone(socket, 2 ** 30)
  assert.equal(serving, 4)
  server.close()
  await once(server, 'close')
  await whenGone(socket, 2 ** 30)
  await assert.rejects(
    whenSo(socket, () => true),
    /Cannot reach the server/,
  )
})
