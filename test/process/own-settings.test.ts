// What an application's own http.Server was given and Starlight cannot keep to: a warning, once for all workers.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startStarlight } from '../support/starlight-process.ts'
import { count, folderWith, served } from './adoption-support.ts'

const LOST =
  /warn: Cannot keep to what the application's http\.Server was given: .*"maxHeadersCount" \(--limit-request-fields\)/
const LISTENS = `const server = require('node:http').createServer((req, res) => res.end('ok')).listen(3000)
  server.maxHeadersCount = 5
  server.on('clientError', () => undefined)`
const EXPORTED = `module.exports = require('node:http').createServer((req, res) => res.end('ok'))
  module.exports.maxHeadersCount = 5`

test('it is said once by two workers, not again after a reload, and again when the reload has changed it', async t => {
  const cwd = folderWith({ 'server.js': LISTENS })
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=2', 'server.js'], { cwd })
  t.after(() => server.stop('SIGKILL'))
  const reload = async (): Promise<void> => {
    const from = server.stderr.length
    server.signal('SIGHUP')
    await server.seen(/Reloaded: all workers run the new code/, from)
  }
  await reload()
  assert.equal(count(server.stderr, LOST), 1)
  assert.match(server.stderr, /given: listeners of "clientError"/)
  writeFileSync(join(cwd, 'server.js'), `${LISTENS}\nserver.maxHeaderSize = 5000`)
  await reload()
  assert.equal((await server.stop()).code, 0)
  assert.equal(count(server.stderr, LOST), 2)
  assert.equal(count(server.stderr, /"maxHeaderSize" \(--limit-request-head\)/), 1)
})

for (const where of ['--workers=2', '--threads=2', '--workers=0'])
  test(`it is said once of a server that is exported, with ${where}`, async t => {
    const server = await served(t, 'server.js', EXPORTED, [where])
    assert.equal((await server.stop()).code, 0)
    assert.equal(count(server.stderr, LOST), 1)
  })
