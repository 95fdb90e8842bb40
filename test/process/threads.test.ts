import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runStarlight, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, busyRequest, serve, until, whileReloading } from './supervisor-support.ts'

const SAYS = `import { existsSync, writeFileSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
let spin = ms => { for (const end = Date.now() + ms; Date.now() < end; ); }
export default async env => {
  if (env.PATH_INFO === '/exit') process.exit(7)
  if (env.PATH_INFO === '/spin') spin(1e9)
  if (env.PATH_INFO === '/until') {
    const file = new URLSearchParams(env.QUERY_STRING).get('file')
    writeFileSync(file + '.started', '')
    while (!existsSync(file)) await new Promise(resolve => setTimeout(resolve, 5))
  } else spin(5)
  return [200, [], [[process.pid, threadId, env['psgi.multithread']].join(' ')]]
}\n`

async function threaded(t: TestContext, args: readonly string[]): Promise<StarlightProcess> {
  const file = join(temporaryFolder('test'), 'app.mjs')
  writeFileSync(file, SAYS)
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', ...args, file])
  t.after(() => server.stop('SIGKILL'))
  return server
}

test('several threads of one process serve, and the start says what they cannot do', async t => {
  const server = await threaded(t, ['--threads=3'])
  assert.equal(server.workers().length, 1)
  assert.match(server.stderr, /Threads: process\.chdir\(\)/)
  const seen = new Set<string>()
  await until(async () => {
    for (const { body } of await Promise.all(Array.from({ length: 12 }, () => ask(server.url)))) seen.add(body)
    return seen.size === 3
  }, 'all three threads answer')
  for (const body of seen) assert.match(body, new RegExp(`^${server.workers()[0]} \\d+ (true|1)$`))
})

test('HUP replaces the process with its threads, and no request fails', async t => {
  const server = await threaded(t, ['--threads=2'])
  const [old] = server.workers()
  const slow = await busyRequest(server.url)
  await whileReloading(server, async () => assert.equal((await ask(server.url)).status, 200))
  await slow.finish()
  assert.equal((await slow.answer).status, 200)
  await until(() => server.workers().length === 1 && server.workers()[0] !== old, 'the old process leaves')
  assert.equal((await server.stop()).code, 0)
})

test('a thread that spent its requests has the process replaced', async t => {
  const server = await threaded(t, ['--threads=2', '--max-reqs-per-child=10'])
  const left = server.seen(/left and was replaced \(budget\)/)
  let isReplaced = false
  void left.then(() => {
    isReplaced = true
  })
  while (!isReplaced) assert.equal((await ask(server.url)).status, 200)
  await left
})

test('an application that ends its thread costs no other request, and the process is replaced', async t => {
  const server = await threaded(t, ['--threads=2'])
  // On the same thread it is lost with it.
  const slow = await busyRequest(server.url)
  await assert.rejects(ask(`${server.url}/exit`))
  await server.seen(/Thread \d ended with code 7: the others finish, and the process is replaced/)
  await slow.finish()
  await server.seen(/left and was replaced \(uncaught\)/)
  assert.equal((await ask(server.url)).status, 200)
})

test('a blocked thread is ended, and the others answer', async t => {
  const server = await threaded(t, ['--threads=2', '--worker-timeout=1.5'])
  const lost = ask(`${server.url}/spin`)
  lost.catch(() => undefined)
  await server.seen(/Thread \d has not reported for 1\.5 s, its event loop is blocked: it is ended/)
  await assert.rejects(lost)
  await until(async () => (await ask(server.url)).status === 200, 'somebody answers')
})

test('TERM lets the requests of all threads finish', async t => {
  const server = await serve(t, ['--threads=2'])
  const busy = await busyRequest(server.url)
  server.signal('SIGTERM')
  await busy.finish()
  assert.equal((await busy.answer).status, 200)
  assert.equal((await server.exited).code, 0)
})

test('every thread writes the access log', async t => {
  const log = join(temporaryFolder('test'), 'access.log')
  const server = await threaded(t, ['--threads=2', `--access-log=${log}`])
  for (let i = 0; i < 10; i++) await ask(`${server.url}/${i}`)
  await server.stop()
  assert.equal(readFileSync(log, 'utf8').trim().split('\n').length, 10)
})

test('an app that cannot be loaded stops the start, once', async () => {
  const file = join(temporaryFolder('test'), 'app.mjs')
  writeFileSync(file, 'throw new Error("broken on purpose")\n')
  const { code, stderr } = await runStarlight(['--port=0', '--threads=2', file])
  assert.equal(code, 4)
  assert.equal(stderr.match(/Cannot load/g)?.length, 1)
})

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['--workers=0', /one worker at least is needed/],
  ['--balance=round-robin', /a connection cannot be given to a thread/],
]
for (const [option, message] of REFUSED) {
  test(`--threads with ${option} is refused`, async () => {
    const { code, stderr } = await runStarlight(['--threads=2', option, APP])
    assert.equal(code, 2)
    assert.match(stderr, message)
  })
}
