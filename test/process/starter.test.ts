// Both halves of Server::Starter, each against the real other half.

import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { lacksPerl } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { isAlive } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask, fixture, until } from './supervisor-support.ts'

const STARTER = join(ROOT, 'bin', 'starlight-starter.js')
const STARLIGHT = [process.execPath, join(ROOT, 'bin', 'starlight.js'), '--workers=1', fixture('app.mjs')]

interface Started {
  readonly child: ChildProcess
  readonly url: string
  output(): string
}

/** Runs a starter on a free port of 127.0.0.1 and waits for the first answer. */
async function start(t: TestContext, command: readonly string[], program: readonly string[]): Promise<Started> {
  const port = await freePort()
  const [file = '', ...args] = command
  const child = spawn(file, [...args, `--port=127.0.0.1:${port}`, '--interval=1', '--', ...program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', text => {
      output += text
    })
  t.after(async () => {
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'close')
  })
  const url = `http://127.0.0.1:${port}/`
  await until(
    () =>
      ask(url).then(
        () => true,
        () => false,
      ),
    `an answer; so far: ${output}`,
  )
  return { child, url, output: () => output }
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** HUP under requests: none fails, and another process answers in the end. */
async function replaces({ child, url }: Started): Promise<void> {
  const before = (await ask(url)).body
  child.kill('SIGHUP')
  await until(async () => (await ask(url)).body !== before, 'the next generation answers')
  assert.equal((await ask(url)).status, 200)
}

test('starlight serves the sockets of start_server, and HUP replaces it', {
  skip: lacksPerl('Server::Starter'),
}, async t => {
  const started = await start(t, ['start_server'], STARLIGHT)
  await replaces(started)
  await until(() => /old worker \d+ died, status:0/.test(started.output()), 'the old server ends well')
  started.child.kill('SIGTERM')
  assert.deepEqual(await once(started.child, 'close'), [0, null])
})

test('starlight-starter gives its sockets to Starlet, and HUP replaces it', {
  skip: lacksPerl('Plack::Handler::Starlet'),
}, async t => {
  const app = join(temporaryFolder('test'), 'app.psgi')
  writeFileSync(app, 'sub { [200, [], [getppid()]] }')
  const started = await start(t, [process.execPath, STARTER], ['plackup', '-s', 'Starlet', '--max-workers=1', app])
  await replaces(started)
  started.child.kill('SIGTERM')
  assert.deepEqual(await once(started.child, 'close'), [0, null])
})

test('starlight-starter runs starlight: status file, --restart, --stop', async t => {
  const directory = temporaryFolder('test')
  const files = [`--pid-file=${join(directory, 'pid')}`, `--status-file=${join(directory, 'status')}`]
  const status = (): string => readFileSync(join(directory, 'status'), 'utf8')
  const { child } = await start(t, [process.execPath, STARTER, ...files], STARLIGHT)
  assert.match(status(), /^1:\d+\n$/)
  await promisify(execFile)(process.execPath, [STARTER, ...files, '--restart'])
  assert.match(status(), /^2:\d+\n$/)
  assert.equal(Number(readFileSync(join(directory, 'pid'), 'utf8')), child.pid)
  await promisify(execFile)(process.execPath, [STARTER, ...files, '--stop'])
  assert.equal(isAlive(child.pid ?? 0), false)
})

test('starlight-starter passes numbered descriptors, variables of --envdir and the directory, and pipes the log', async t => {
  const directory = temporaryFolder('test')
  mkdirSync(join(directory, 'env'))
  writeFileSync(join(directory, 'env', 'GREETING'), 'hello\nsecond line\n')
  writeFileSync(join(directory, 'env', 'HOME'), '')
  const log = join(directory, 'log')
  const says = 'const e = process.env; console.log([e.SERVER_STARTER_PORT, e.GREETING, e.HOME, process.cwd()].join())'
  const args = ['--port=127.0.0.1:0=7', `--path=${join(directory, 'sock')}`, `--envdir=${join(directory, 'env')}`]
  const child = spawn(process.execPath, [
    ...[STARTER, ...args, `--dir=${directory}`, `--log-file=| cat > ${log}`, '--'],
    ...[process.execPath, '-e', `${says}; setInterval(() => 0, 1000)`],
  ])
  t.after(() => child.kill('SIGTERM'))
  const text = (): string => {
    try {
      return readFileSync(log, 'utf8')
    } catch {
      return ''
    }
  }
  await until(() => text().includes('hello'), 'the program speaks into the log')
  assert.match(text(), new RegExp(`=7;${directory}/sock=3,hello,,${directory}\n`))
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'close'), [0, null])
})
