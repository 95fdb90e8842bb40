import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../support/root.ts'
import { startStarlight } from '../support/starlight-process.ts'
import { ask, temporaryDirectory } from './supervisor-support.ts'

/** Modules of Node's that cost each worker up to some megabytes, and that a plain application never needs. */
const UNNEEDED =
  'internal/deps/undici/undici tls crypto worker_threads inspector child_process readline http2 repl'.split(' ')

// What Node itself loads differs by its line, so what ours has loaded is compared with what its imports would. That the application
// is no fetch application has to be said: on Node >= 22 the classes of Fetch cannot be replaced without loading them (6 MB).
test('a worker with a plain application loads none of the modules that only others need', async t => {
  const cwd = temporaryDirectory(t)
  const file = join(cwd, 'app.mjs')
  writeFileSync(file, 'export default () => [200, [], [process.moduleLoadList.join("\\n")]]\n')
  await using server = await startStarlight(['--port=0', '--workers=1', '--no-watchdog', '--interface=psgi', file], {
    cwd,
  })
  const { body } = await ask(server.url)
  const bare = await startedWithout(t)
  const loaded = UNNEEDED.filter(name => body.split('\n').includes(`NativeModule ${name}`) && !bare.includes(name))
  assert.deepEqual(loaded, [])
})

test('the command and its workers are programs of a few files', () => {
  const files = readdirSync(join(ROOT, 'dist', 'bundle'))
  assert.ok(files.includes('main.js') && files.includes('worker.js'))
  for (const program of ['main.js', 'worker.js']) {
    const count = closureOf(program).size
    assert.ok(count <= 12, `${program} has ${count} files at its start`)
  }
})

/** What a program with an IPC channel has loaded that imports no more than `node:util`, whose exports load others. */
async function startedWithout(t: Parameters<typeof temporaryDirectory>[0]): Promise<string[]> {
  const { fork } = await import('node:child_process')
  const file = join(temporaryDirectory(t), 'bare.mjs')
  writeFileSync(file, 'import "node:util"\nprocess.send(process.moduleLoadList)\n')
  const child = fork(file, { serialization: 'advanced' })
  const list = await new Promise<string[]>(resolve => child.once('message', message => resolve(message as string[])))
  return list.flatMap(name => /^NativeModule (.*)$/.exec(name)?.[1] ?? [])
}

/** The files that are loaded before the first line of `program` runs. */
function closureOf(program: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(program)) return seen
  seen.add(program)
  const text = readFileSync(join(ROOT, 'dist', 'bundle', program), 'utf8')
  for (const [, file] of text.matchAll(/^import[^;]*"\.\/([^"]+)"/gm)) closureOf(file ?? '', seen)
  return seen
}
