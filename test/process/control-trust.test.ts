// Which sockets the commands talk to, and what they make of the answers.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ROOT } from '../support/root.ts'
import { type Finished, runStarlight, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, until } from './supervisor-support.ts'

const NOBODY = 65_534
const AS_ROOT = { skip: process.getuid?.() !== 0 && 'root is needed' }

test('--control-socket keeps to the rules of --socket: no file is replaced, and no living socket', async t => {
  const directory = temporaryFolder('test')
  const file = join(directory, 'file')
  writeFileSync(file, 'mine')
  const start = (path: string): Promise<Finished> =>
    runStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', `--control-socket=${path}`, APP])
  const refused = await start(file)
  assert.match(refused.stderr, /Cannot listen on "unix:.*file": the file exists and is not a socket/)
  assert.equal(readFileSync(file, 'utf8'), 'mine')

  const socket = join(directory, 'control')
  const server = await startStarlight([
    '--host=127.0.0.1',
    '--port=0',
    '--workers=1',
    `--control-socket=${socket}`,
    APP,
  ])
  t.after(() => server.stop('SIGKILL'))
  const second = await start(socket)
  assert.match(second.stderr, /Cannot listen on "unix:.*control": another server has it/)
  assert.match(
    (await runStarlight(['status', `--control-socket=${socket}`])).stdout,
    new RegExp(`master ${server.pid}`),
  )
})

const PRIVATE_RUN = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /run && exec "$@"', 'sh'] as const
/**
 * The command where /run/starlight is empty: root finds the servers of all tests there, and `reload` would take the only one.
 * Undefined where root may not mount, as in a container.
 */
const WITH_OWN_RUN: readonly [string, ...string[]] | undefined =
  spawnSync(PRIVATE_RUN[0], [...PRIVATE_RUN.slice(1), 'true']).status === 0
    ? [...PRIVATE_RUN, process.execPath, join(ROOT, 'bin', 'starlight.js')]
    : undefined

/** A server of nobody's own that says yes to everything. Prints a line for each request. */
const IMPOSTOR = `const { mkdirSync } = require('node:fs')
const [directory, path] = process.argv.slice(1)
if (directory) mkdirSync(directory, { recursive: true })
require('node:http').createServer((request, response) => {
  console.log('asked')
  response.end('{"outcome":"done \\\\u001b]0;owned\\\\u0007","workers":[],"listeners":[],"totals":{"classes":[],"refused":{}},"ends":{}}')
}).listen((path ?? directory + '/' + process.pid + '.sock'), () => console.log('listening'))`

async function impostor(
  t: TestContext,
  ...places: readonly string[]
): Promise<{ child: ChildProcess; text(): string }> {
  const child = spawn(process.execPath, ['-e', IMPOSTOR, ...places], {
    uid: NOBODY,
    gid: NOBODY,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', piece => {
    text += piece
  })
  await until(() => text.includes('listening'), 'the impostor listens')
  return { child, text: () => text }
}

for (const name of ['starlight-run-0', `starlight-run-${NOBODY}`, 'starlight']) {
  test(`root does not ask a socket that somebody else has put into ${name}`, AS_ROOT, async t => {
    const shared = temporaryFolder('test')
    chmodSync(shared, 0o1777)
    const { text } = await impostor(t, join(shared, name))
    const env = { TMPDIR: shared, XDG_RUNTIME_DIR: shared }
    for (const word of ['status', 'reload']) {
      if (WITH_OWN_RUN === undefined) break
      const { code, stderr } = await runStarlight([word], { env, program: WITH_OWN_RUN })
      assert.equal(code, 1)
      assert.match(stderr, /Cannot find a server/)
    }
    // Looks at the same places, and asks all.
    const { stdout, stderr } = await runStarlight(['ps'], { env })
    assert.doesNotMatch(stdout + stderr, /owned/)
    assert.doesNotMatch(text(), /asked/)
    // Nor does a server of root's put its own there.
    const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', APP], { env })
    t.after(() => server.stop('SIGKILL'))
    assert.equal(existsSync(join(shared, name, `${server.pid}.sock`)), false)
    assert.match((await runStarlight(['ps'], { env })).stdout, new RegExp(`^${server.pid} `, 'm'))
  })
}

test('a named socket of somebody else in a directory that all may write is refused', AS_ROOT, async t => {
  const shared = temporaryFolder('test')
  chmodSync(shared, 0o1777)
  const socket = join(shared, 'control')
  const { text } = await impostor(t, shared, socket)
  for (const word of ['status', 'reload', 'stop']) {
    const { code, stderr } = await runStarlight([word, `--control-socket=${socket}`])
    assert.equal(code, 1)
    assert.match(stderr, /user 65534 has made it, in a directory that all may write/)
  }
  assert.doesNotMatch(text(), /asked/)
})

test('what a server answers cannot move the cursor, and what is no answer is said', async t => {
  const socket = join(temporaryFolder('test'), 'control')
  let body = '{"outcome":"done \\u001b]0;owned\\u0007\\u009b2J"}'
  const server = createServer((_request, response) => response.end(body)).listen(socket)
  await once(server, 'listening')
  t.after(() => server.close())
  const run = (...words: readonly string[]): Promise<Finished> => runStarlight([...words, `--control-socket=${socket}`])
  for (const words of [
    ['reload'],
    ['reload', '--json'],
    ['status', '--json'],
    ['status'],
    ['stack'],
    ['stack', '--json'],
  ]) {
    const { stdout, stderr } = await run(...words)
    assert.doesNotMatch(stdout + stderr, /[\0-\x09\x0b-\x1f\x7f-\x9f]/, words.join(' '))
  }
  for (body of ['\x1b[2J', 'null', '[]', '7', '']) {
    const { code, stderr } = await run('status')
    assert.equal(code, 1)
    assert.match(stderr, /Cannot reach the server at ".*": (?:what it answers is not JSON|it answers as no server)/)
  }
})

test('a server that does not answer is given up', async t => {
  const socket = join(temporaryFolder('test'), 'control')
  const server = createServer(() => undefined).listen(socket)
  await once(server, 'listening')
  t.after(() => server.closeAllConnections())
  t.after(() => server.close())
  const asked = ['status', 'reload'].map(word =>
    runStarlight([word, `--control-socket=${socket}`], { limitMs: 120_000 }),
  )
  for (const { code, stderr } of await Promise.all(asked)) {
    assert.equal(code, 1)
    assert.match(stderr, /Cannot reach the server at ".*": it does not answer/)
  }
})

test('a server of root alone answers as before', AS_ROOT, async t => {
  const directory = temporaryFolder('test')
  mkdirSync(join(directory, 'tmp'))
  const env = { XDG_RUNTIME_DIR: '', TMPDIR: join(directory, 'tmp') }
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', APP], { env })
  t.after(() => server.stop('SIGKILL'))
  assert.equal((await ask(server.url)).status, 200)
  assert.match((await runStarlight(['ps'], { env })).stdout, new RegExp(`^${server.pid} `, 'm'))
  assert.deepEqual(lstatSync(`/run/starlight/0/${server.pid}.sock`).mode & 0o777, 0o600)
})
