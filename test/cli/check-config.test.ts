import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { checkedLine } from '../../src/cli/check-config.ts'
import { EXIT } from '../../src/config/exit-codes.ts'
import { resolved } from '../config/resolved.ts'

const folder = mkdtempSync(join(tmpdir(), 'starlight-check-'))
after(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'app.mjs'), 'export default env => [200, [], [env.PATH_INFO]]')
writeFileSync(join(folder, 'broken.mjs'), 'throw new TypeError("no database")')

test('--check-config says what would be served, by how many, and where', async () => {
  const { config } = resolved(['app.mjs', '--workers=1', '-l', ':80', '-l', '@a'])
  const line = `Configuration is fine: ${join(folder, 'app.mjs')} is taken for a PSGI application because its parameter is named env, to be served on http://*:80, unix:@a with 1 worker\n`
  assert.equal(await checkedLine(config, folder), line)
  const told = resolved(['app.mjs', '--interface=psgi']).config
  assert.match(await checkedLine(told, folder), /app\.mjs is a psgi application, to be served/)
})

test('--check-config fails with the error of an application that cannot be loaded', async () => {
  const { config } = resolved(['broken.mjs'])
  await assert.rejects(checkedLine(config, folder), { exitCode: EXIT.appLoad, cause: new TypeError('no database') })
})

test('--check-config looks the user up', async () => {
  const { config } = resolved(['app.mjs', '--user=nobody-has-this-name'])
  await assert.rejects(checkedLine(config, folder), { exitCode: EXIT.privileges })
})
