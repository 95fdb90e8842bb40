import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppContext } from '../../../src/app/handler.ts'
import { AppLoadError, loadApp } from '../../../src/app/load/load-app.ts'
import { ConfigError } from '../../../src/config/errors.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'
import { appDirectory } from './app-directory.ts'

const logged: string[] = []
const context: AppContext = {
  environment: 'deployment',
  mount: '',
  defaultMiddleware: true,
  multiprocess: false,
  multithread: false,
  spool: { memoryBytes: 1024, directory: '/nowhere' },
  log: { debug() {}, info() {}, warn: message => logged.push(message), error: message => logged.push(message) },
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

test('loadApp tells a guess with its reason', async () => {
  const { guess } = await load(KINDS['fetch'] ?? '')
  assert.equal(guess, 'a fetch application because its parameter is named request')
})

test('loadApp obeys the requested kind and guesses nothing', async () => {
  const { kind, guess } = await load(KINDS['fetch'] ?? '', 'psgi')
  assert.deepEqual([kind, guess], ['psgi', undefined])
})

test('loadApp tells that --stream-input is for PSGI applications', async () => {
  const notices: (string | undefined)[] = []
  for (const source of Object.values(KINDS)) {
    const cwd = appDirectory({ 'app.mjs': source })
    const spec = { interface: undefined, module: [], include: [], cwd }
    notices.push((await loadApp(spec, { ...context, streamsInput: true })).notice?.text)
  }
  const said = (kind: string) =>
    `--stream-input is for PSGI applications: a ${kind} application reads bodies as they come anyway`
  assert.deepEqual(notices, [undefined, said('fetch'), said('Node')])
})

const WRONG: Record<string, [source: string, guess: RegExp]> = {
  'a PSGI application taken for a Node one': [
    'export default (a, b) => [200, [], []]',
    /a Node application .* 2 parameters/,
  ],
  'a fetch application taken for a Node one': [
    'const make = () => new Response("x"); export default (a, b) => make(a)',
    /a Node application/,
  ],
  'one that promises, taken for a Node one': [
    'const make = () => new Response("x"); export default async (a, b) => make(a)',
    /a Node application/,
  ],
  'a fetch application taken for a PSGI one': [
    'const make = e => new Response(e); export default e => make(e)',
    /a PSGI app/,
  ],
  'a Node application taken for a PSGI one': ['export default a => a.res.end("x")', /a PSGI application/],
  'a PSGI application taken for a fetch one': ['export default req => [200, [], []]', /a fetch application/],
  'one that only throws': ['export default req => { throw new Error("broken") }', /a fetch application/],
}
for (const [title, [source, guess]] of Object.entries(WRONG)) {
  test(`the first failure of ${title} is said with the guess and --interface, the second is not`, async () => {
    const { handler } = await load(source)
    logged.length = 0
    for (let i = 0; i < 2; i += 1) {
      const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
      const done = new Promise<void>(resolve => {
        exchange.onDone = resolve
      })
      await Promise.all([handler(exchange), done])
    }
    assert.equal(logged.filter(message => message.startsWith('The application failed')).length, 2)
    const advice = logged.filter(message => message.includes('--interface'))
    assert.equal(advice.length, 1)
    assert.match(advice[0] ?? '', guess)
  })
}

test('an export named upgrade makes a Node application take upgrades', async () => {
  const { handler } = await load('export default (req, res) => res.end()\nexport function upgrade(req, socket) {}')
  assert.equal(handler.takesUpgrades, true)
})

test('what the set-up of an application throws stops the load with its own error', async () => {
  const source = 'export default { routing() {}, async ready() { throw new TypeError("no plugin") } }'
  await assert.rejects(load(source), (error: unknown) => {
    assert.ok(error instanceof AppLoadError)
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
  await assert.rejects(load(source), (error: unknown) => error instanceof ConfigError && error.exitCode === 4)
})
