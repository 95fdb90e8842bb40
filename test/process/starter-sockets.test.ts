// Every kind of socket that start_server and starlight-starter open, in a server that they start.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lacksPerl } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { runStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, until } from './supervisor-support.ts'

const BIN = join(ROOT, 'bin', 'starlight.js')
const STARTER = join(ROOT, 'bin', 'starlight-starter.js')

/** Runs a starter until the end of the test, and gives what it and its server say. */
function run(t: TestContext, [file = '', ...args]: readonly string[]): { readonly text: () => string } {
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  t.after(async () => {
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'close')
  })
  let text = ''
  child.stderr.setEncoding('utf8').on('data', piece => {
    text += piece
  })
  return { text: () => text }
}

async function shows(what: RegExp, directory: string): Promise<void> {
  const { stdout, stderr } = await runStarlight(['status', '--json', `--control-socket=${directory}/control`])
  assert.match(stdout, what, stderr)
}

const STARTERS: Readonly<Record<string, readonly string[]>> = {
  start_server: ['start_server'],
  'starlight-starter': [process.execPath, STARTER],
}

for (const [starter, command] of Object.entries(STARTERS)) {
  const skip = starter === 'start_server' && lacksPerl('Server::Starter')
  for (const host of ['', '127.0.0.1:', '[::]:']) {
    test(`${starter} --port=${host}PORT gives a socket that is served`, { skip }, async t => {
      const directory = temporaryFolder('test')
      const port = await freePort(host.includes('[') ? '::' : '0.0.0.0')
      const program = [process.execPath, BIN, '--workers=1', `--control-socket=${directory}/control`, APP]
      const { text } = run(t, [...command, `--port=${host}${port}`, '--', ...program])
      await until(() => /serving .* on .* with 1 worker\n/.test(text()), 'it serves').catch(error => {
        throw new Error(`${error.message}: ${text()}`)
      })
      assert.equal((await ask(`http://${host.includes('[') ? '[::1]' : '127.0.0.1'}:${port}/`)).status, 200)
      await shows(new RegExp(`:${port}`), directory)
    })
  }

  test(`${starter} --path=FILE gives a socket that is served`, { skip }, async t => {
    const directory = temporaryFolder('test')
    const path = join(directory, 'sock')
    const program = [process.execPath, BIN, '--workers=1', `--control-socket=${directory}/control`, APP]
    const { text } = run(t, [...command, `--path=${path}`, '--', ...program])
    await until(() => /serving .* on .* with 1 worker\n/.test(text()), 'it serves')
    assert.equal((await ask('http://x/', { socketPath: path })).status, 200)
    await shows(new RegExp(`unix:${path}`), directory)
  })
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
