import assert from 'node:assert/strict'
import { test } from 'node:test'
import { psgiHandler } from '../../../src/app/psgi/handler.ts'
import type { PsgiApp, PsgiEnv } from '../../../src/app/psgi/types.ts'
import { wrongEchoes } from '../../support/bodies.ts'
import { listening } from '../../support/listening.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { testContext } from './try-app.ts'

test('many large bodies at once, in memory and in files, come as they were sent, and stay so', async t => {
  const kept: { before: Buffer; pieces: Uint8Array[] }[] = []
  const app: PsgiApp = async (env: PsgiEnv) => {
    const pieces: Uint8Array[] = []
    for await (const piece of env['psgi.input']) pieces.push(piece)
    kept.push({ pieces, before: Buffer.concat(pieces) })
    return [200, [], [...pieces]]
  }
  const spool = { memoryBytes: 800_000, directory: temporaryFolder('bodies') }
  const { port } = await listening(t, psgiHandler(app, testContext({ spool })))
  assert.equal(await wrongEchoes(`http://127.0.0.1:${port}/`, 4), 0)
  assert.equal(kept.length, 32)
  for (const { before, pieces } of kept) assert.ok(before.equals(Buffer.concat(pieces)))
})
