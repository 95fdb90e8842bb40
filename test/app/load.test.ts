import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppContext } from '../../src/app/handler.ts'
import { AppLoadFailure, loadApp } from '../../src/app/load.ts'
import { ConfigMistake } from '../../src/config/mistakes.ts'
import { appDirectory } from './load/app-directory.ts'

const logged: string[] = []
const context: AppContext = {
  environment: 'deployment',
  mount: '',
  defaultMiddleware: true,
  multiprocess: false,
  multithread: false,
  spool: { memoryBytes: 1024, directory: '/nowhere' },
  log: { debug: message => logged.push(message), info() {}, warn() {}, error() {} },
  background() {},
}

function load(source: string, kind?: 'psgi' | 'fetch' | 'node'): ReturnType<typeof loadApp> {
  const cwd = appDirectory({ 'app.mjs': source })
  return loadApp({ interface: kind, module: [], include: [], cwd }, context)
}

const KINDS: Readonly<Record<string, string>> = {
  psgi: 'export default env => [200, [], []]',
  fetch: 'export default request => new Response()',
  node: 'export default (req, res) => res.end()',
}
for (const [kind, source] of Object.entries(KINDS)) {
  test(`loadApp gives a handler for a ${kind} application`, async () => {
    const loaded = await load(source)
    assert.equal(loaded.kind, kind)
    assert.equal(typeof loaded.handler, 'function')
    assert.match(loaded.file ?? '', /app\.mjs$/)
  })
}

test('loadApp logs a guess with its reason and the way out', async () => {
  logged.length = 0
  await load(KINDS['fetch'] ?? '')
  assert.deepEqual(logged, [
    'The application is taken for a fetch application because its parameter is named request; --interface overrides it',
  ])
})

test('loadApp obeys the wished kind without a word', async () => {
  logged.length = 0
  assert.equal((await load(KINDS['fetch'] ?? '', 'psgi')).kind, 'psgi')
  assert.deepEqual(logged, [])
})

test('an export named upgrade makes a Node application take upgrades', async () => {
  const { handler } = await load('export default (req, res) => res.end()\nexport function upgrade(req, socket) {}')
  assert.equal(handler.takesUpgrades, true)
})

test('what the set-up of an application throws stops the load with its own error', async () => {
  const source = 'export default { routing() {}, async ready() { throw new TypeError("no plugin") } }'
  await assert.rejects(load(source), (error: unknown) => {
    assert.ok(error instanceof AppLoadFailure)
    assert.equal(error.exitCode, 4)
    assert.ok(error.cause instanceof TypeError)
    return true
  })
})

test('an http.Server that listens by itself is refused with the exit code for applications', async () => {
  const source = `import { createServer } from 'node:http'
    const server = createServer(() => {})
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    setImmediate(() => server.close())
    export default server`
  await assert.rejects(load(source), (error: unknown) => error instanceof ConfigMistake && error.exitCode === 4)
})
