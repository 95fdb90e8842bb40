import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { drained, scaledTo, whenGone, whenSo } from '../../src/cli/control-wait.ts'
import type { Status, WorkerStatus } from '../../src/supervisor/admin/status.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('a status is looked at until it is so, and a server that goes ends the wait', async () => {
  const socket = join(temporaryFolder('wait'), 'control')
  let serving = 0
  const server = createServer((_, response) => response.end(JSON.stringify({ pid: 1, serving: ++serving })))
  server.listen(socket)
  await once(server, 'listening')
  assert.equal(await whenSo(socket, status => (status.serving === 3 ? 'so' : 'not yet')), undefined)
  assert.equal(serving, 3)
  assert.equal(await whenSo(socket, () => ({ reason: 'it sleeps' })), 'it sleeps')
  // Another process answers there: the one that was asked to stop is gone.
  assert.equal(await whenGone(socket, 2 ** 30), undefined)
  assert.equal(serving, 5)
  server.close()
  await once(server, 'close')
  assert.equal(await whenGone(socket, 2 ** 30), undefined)
  await assert.rejects(
    whenSo(socket, () => 'so'),
    /Cannot reach the server/,
  )
})

const WORKER = { pid: 7, slot: 0, state: 'serving' } as WorkerStatus
const BEFORE = { phase: 'serving', desired: 2, ends: { boot: 3 }, workers: [WORKER] } as unknown as Status

const SCALE: readonly (readonly [name: string, more: Partial<Status>, found: unknown])[] = [
  ['nobody new serves', {}, 'not yet'],
  ['one starts', { workers: [WORKER, { ...WORKER, slot: 1, state: 'starting' }] }, 'not yet'],
  ['all serve', { workers: [WORKER, { ...WORKER, slot: 1 }] }, 'so'],
  ['all serve, one beside its replacement', { workers: [WORKER, WORKER, { ...WORKER, slot: 1 }] }, 'so'],
  ['one too many is still there', { workers: [WORKER, { ...WORKER, slot: 1 }, { ...WORKER, slot: 2 }] }, 'not yet'],
  ['one did not start', { ends: { boot: 4 } }, /does not start.*; the target stays 2/],
  ['another target is set', { desired: 5 }, /somebody else has set the target to 5/],
  ['the server sleeps', { phase: 'asleep' }, /the server is asleep/],
  ['the server stops', { phase: 'stopping' }, /the server is stopping/],
]

for (const [name, more, found] of SCALE) {
  test(`scale to 2: ${name}`, () => {
    const finding = scaledTo(2, BEFORE)({ ...BEFORE, ...more })
    if (found instanceof RegExp) assert.match((finding as { reason: string }).reason, found)
    else assert.equal(finding, found)
  })
}

const DRAIN: typeof SCALE = [
  ['it serves', {}, 'not yet'],
  ['it is gone', { workers: [] }, 'so'],
  ['its replacement does not start', { ends: { boot: 4 } }, /does not start.*; worker 7 serves on/],
  ['it drains', { ends: { boot: 4 }, workers: [{ ...WORKER, state: 'draining' }] }, 'not yet'],
]

for (const [name, more, found] of DRAIN) {
  test(`drain of a worker: ${name}`, () => {
    const finding = drained(7, BEFORE)({ ...BEFORE, ...more })
    if (found instanceof RegExp) assert.match((finding as { reason: string }).reason, found)
    else assert.equal(finding, found)
  })
}
