import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask, serve, until } from './supervisor-support.ts'

/** A server whose app says `text`, and how to write another one into its file. */
async function serveText(
  t: TestContext,
  text: string,
  args: readonly string[],
): Promise<{ server: StarlightProcess; write(code: string): void }> {
  const file = join(temporaryFolder('test'), 'app.mjs')
  const write = (code: string): void => writeFileSync(file, code)
  write(saying(text))
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', ...args, file])
  t.after(() => server.stop('SIGKILL'))
  return { server, write }
}

function saying(text: string): string {
  return `export default { fetch: () => new Response('${text}') }\n`
}

test('HUP brings new code into every worker, and no request fails meanwhile', async t => {
  const { server, write } = await serveText(t, 'old', ['--workers=3'])
  const old = server.workers()
  write(saying('new'))
  server.signal('SIGHUP')
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  t.after(() => agent.destroy())
  let isReloaded = false
  const reloaded = server.seen(/Reloaded: all workers run the new code/).then(() => {
    isReloaded = true
  })
  const client = async (): Promise<void> => {
    while (!isReloaded) assert.match((await ask(server.url, { agent })).body, /^(old|new)$/)
  }
  await Promise.all([client(), client(), client(), client(), reloaded])
  await until(() => !server.workers().some(pid => old.includes(pid)), 'the old workers leave')
  assert.equal(server.workers().length, 3)
  assert.equal((await ask(server.url)).body, 'new')
})

test('HUP replaces one worker at a time', async t => {
  const server = await serve(t, ['--workers=3'])
  let most = 3
  server.signal('SIGHUP')
  let isReloaded = false
  const reloaded = server.seen(/Reloaded/).then(() => {
    isReloaded = true
  })
  // Three serve, one starts, and the one before may not have left yet.
  while (!isReloaded) {
    most = Math.max(most, server.workers().length)
    await new Promise(setImmediate)
  }
  await reloaded
  assert.ok(most <= 5, `at most two more than desired: ${most}`)
})

test('HUP with code that does not load stops the roll-out: the old workers stay', async t => {
  const { server, write } = await serveText(t, 'old', ['--workers=2'])
  const old = server.workers()
  write('throw new Error("broken on purpose")\n')
  server.signal('SIGHUP')
  await server.seen(/The reload is stopped, the old workers stay: the new code does not start/)
  assert.match(server.stderr, /broken on purpose/)
  assert.equal((await ask(server.url)).body, 'old')
  assert.deepEqual(server.workers(), old)
})

test('HUP with code that does not get ready within the boot timeout stops the roll-out', async t => {
  // The first workers may take their time.
  const config = join(temporaryFolder('test'), 'config.json')
  writeFileSync(config, '{ "bootTimeout": 3600 }')
  const { server, write } = await serveText(t, 'old', ['--workers=2', `--config=${config}`])
  const old = server.workers()
  writeFileSync(config, '{ "bootTimeout": 2 }')
  write('setInterval(() => undefined, 1000); await new Promise(() => undefined)\n')
  server.signal('SIGHUP')
  await server.seen(/was not ready within 2 s: it is killed/)
  await server.seen(/The reload is stopped/)
  await until(() => server.workers().join() === old.join(), 'the killed worker is reaped')
})

test('the HUP after a stopped roll-out succeeds at once', async t => {
  const { server, write } = await serveText(t, 'old', ['--workers=2'])
  write('throw new Error("broken on purpose")\n')
  server.signal('SIGHUP')
  await server.seen(/The reload is stopped/)
  write(saying('mended'))
  server.signal('SIGHUP')
  await server.seen(/Reloaded/)
  assert.equal((await ask(server.url)).body, 'mended')
})

test('a worker that dies while the code on disk is broken is retried, and the others serve on', async t => {
  const { server, write } = await serveText(t, 'old', ['--workers=2'])
  const [victim = 0, survivor] = server.workers()
  write('throw new Error("broken on purpose")\n')
  process.kill(victim, 'SIGKILL')
  await server.seen(/broken on purpose/)
  assert.equal((await ask(server.url)).body, 'old')
  write(saying('mended'))
  await until(() => server.workers().length === 2 && server.workers().includes(survivor ?? 0), 'the slot is filled')
})

test('--reload brings a changed file into the workers', async t => {
  const { server, write } = await serveText(t, 'old', ['--workers=1', '--reload'])
  write(saying('new'))
  await server.seen(/app\.mjs" has changed/)
  await until(async () => (await ask(server.url)).body === 'new', 'the new code answers')
})

test('--reload shows the error of a broken app until it is mended', async t => {
  const { server, write } = await serveText(t, 'old', ['--workers=1', '--reload'])
  write('throw new Error("broken <on> purpose")\n')
  await until(async () => (await ask(server.url)).status === 500, 'the error is shown')
  // The old worker answers now and then until it has heard that it is to drain.
  let page = ''
  await until(async () => {
    const { body, headers } = await ask(server.url, { headers: { accept: 'text/html' } })
    page = body
    return /^text\/html/.test(headers['content-type'] ?? '')
  }, 'the error is a page')
  assert.match(page, /broken &lt;on&gt; purpose/)
  write(saying('mended'))
  await until(async () => (await ask(server.url)).body === 'mended', 'the mended code answers')
})

test('--reload starts with a broken app too, and waits for it to be mended', async t => {
  const file = join(temporaryFolder('test'), 'app.mjs')
  writeFileSync(file, 'throw new Error("broken from the start")\n')
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', '--reload', file])
  t.after(() => server.stop('SIGKILL'))
  assert.match((await ask(server.url)).body, /broken from the start/)
  writeFileSync(file, saying('mended'))
  await until(async () => (await ask(server.url)).body === 'mended', 'the mended code answers')
})

test('-R watches other paths, whatever their names', async t => {
  const watched = temporaryFolder('test')
  const server = await serve(t, ['--workers=1', '-R', watched])
  const [worker] = server.workers()
  writeFileSync(join(watched, 'words.txt'), 'changed')
  await server.seen(/words\.txt" has changed/)
  await until(() => server.workers().length === 1 && server.workers()[0] !== worker, 'the worker is replaced')
})
