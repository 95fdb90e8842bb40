import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../support/root.ts'
import { startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask } from './supervisor-support.ts'

/** Modules of Node's that cost each worker up to some megabytes, and that a plain application never needs. */
const UNNEEDED =
  'internal/deps/undici/undici tls crypto worker_threads inspector child_process readline http2 repl zlib'.split(' ')

/** Source, and what its kind has to import of Node's. */
const APPLICATIONS: Readonly<Record<string, readonly [source: string, needs: string]>> = {
  'PSGI style': ['export default () => [200, [], [process.moduleLoadList.join("\\n")]]', 'node:util'],
  'Node style': ['export default (req, res) => res.end(process.moduleLoadList.join("\\n"))', 'node:http'],
}
// What Node itself loads differs by its line, so what ours has loaded is compared with what its imports would.
for (const [kind, [source, needs]] of Object.entries(APPLICATIONS))
  test(`a worker with a plain application loads none of the modules that only others need: ${kind}`, async () => {
    const cwd = temporaryFolder('test')
    const file = join(cwd, 'app.mjs')
    writeFileSync(file, source)
    await using server = await startStarlight(['--port=0', '--workers=1', '--no-watchdog', file], { cwd })
    const { body } = await ask(server.url)
    const bare = await startedWith(needs)
    const loaded = UNNEEDED.filter(name => body.split('\n').includes(`NativeModule ${name}`) && !bare.includes(name))
    assert.deepEqual(loaded, [])
  })

// Node 22.8 has a cache of compiled code, 24 compiles TypeScript by itself.
const hasCache = typeof nodeModule.enableCompileCache === 'function'
test('what a worker and its command load is kept compiled, and TypeScript that was kept needs no digest', {
  skip: hasCache ? false : 'this Node keeps no compiled code',
}, async () => {
  const cwd = temporaryFolder('test')
  const file = join(cwd, 'app.ts')
  writeFileSync(file, 'export default (env: object) => [200, [], [process.moduleLoadList.join("\\n")]]')
  const options = { cwd, env: { TMPDIR: cwd } }
  const start = () => startStarlight(['--port=0', '--workers=1', '--no-watchdog', file], options)
  await (await start())[Symbol.asyncDispose]()
  const [own = ''] = readdirSync(cwd).filter(name => name.startsWith('starlight-cache-'))
  const kept = readdirSync(join(cwd, own, 'v8'), { recursive: true, withFileTypes: true }).filter(e => e.isFile())
  // The application is one file.
  assert.ok(kept.length > 5, `${kept.length} files of compiled code`)
  await using server = await start()
  const { body } = await ask(server.url)
  assert.doesNotMatch(body, /^NativeModule crypto$/m)
})

/** Answers with the first line of the class that it sees when it is called. */
const FETCH_APP = `export default { fetch: () => new Response(String(Response).split('{')[0].trim()) }`
for (const entry of [FETCH_APP, "export { default } from './inner.mjs'"])
  test(`a fetch application has the light classes, when its first file says so and when it does not: ${entry.slice(0, 30)}`, async () => {
    const cwd = temporaryFolder('test')
    writeFileSync(join(cwd, 'app.mjs'), entry)
    writeFileSync(join(cwd, 'inner.mjs'), FETCH_APP)
    await using server = await startStarlight(['--port=0', '--workers=1', 'app.mjs'], { cwd })
    assert.equal((await ask(server.url)).body, 'class LightResponse')
  })

test('the command and its workers are programs of a few files', () => {
  const files = readdirSync(join(ROOT, 'dist', 'bundle'))
  assert.ok(files.includes('main.js') && files.includes('start-worker.js'))
  for (const program of ['main.js', 'worker.js']) {
    const count = closureOf(program).size
    assert.ok(count <= 12, `${program} has ${count} files at its start`)
  }
})

/** What a program with an IPC channel has loaded that imports no more than `node:util`, whose exports load others, and this. */
async function startedWith(name: string): Promise<string[]> {
  const { fork } = await import('node:child_process')
  const file = join(temporaryFolder('test'), 'bare.mjs')
  writeFileSync(file, `import "node:util"\nimport "${name}"\nprocess.send(process.moduleLoadList)\n`)
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
