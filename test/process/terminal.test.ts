// A server in the foreground of a terminal, a real pty that script(1) of util-linux makes and that ends with it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ROOT } from '../support/root.ts'
import { isAlive, StarlightProcess, type StartOptions } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, busyRequest, until } from './supervisor-support.ts'

interface InTerminal {
  /** script(1), which holds the other end of the terminal. */
  readonly terminal: StarlightProcess
  readonly log: () => string
  readonly pid: number
  readonly url: string
}

const SERVER =
  '"$NODE" "$ROOT/bin/starlight.js" --host=127.0.0.1 --port=0 --workers=$WORKERS --pid="$DIR/pid" --error-log="$DIR/log" "$APP"'

/** `command`: what the shell of the terminal runs; $SERVER in it is the server. */
async function open(t: TestContext, workers: number, command: string): Promise<InTerminal> {
  const directory = temporaryFolder('test')
  const env: StartOptions['env'] = {
    SHELL: '/bin/bash',
    NODE: process.execPath,
    ROOT,
    WORKERS: String(workers),
    DIR: directory,
    APP,
  }
  const script = command.replace('$SERVER', SERVER)
  const terminal = new StarlightProcess([], { program: ['script', '-qfc', script, '/dev/null'], env })
  t.after(() => terminal.stop('SIGKILL'))
  const read = (name: string): string => {
    try {
      return readFileSync(join(directory, name), 'utf8')
    } catch {
      return ''
    }
  }
  const log = (): string => read('log')
  await until(() => / on http:\S+/.test(log()) && read('pid') !== '', 'the server serves')
  const pid = Number(read('pid'))
  t.after(() => isAlive(pid) && process.kill(pid, 'SIGKILL'))
  return { terminal, log, pid, url: / on (http:[^\s,;]+)/.exec(log())?.[1] ?? '' }
}

for (const workers of [0, 2]) {
  test(`closing the terminal ends a server in its foreground gracefully (--workers=${workers})`, async t => {
    const { terminal, log, pid, url } = await open(t, workers, 'exec $SERVER')
    process.kill(pid, 'SIGHUP')
    const reloads = workers === 0 ? /SIGHUP has no meaning/ : /Reloaded: all workers run the new code/
    await until(() => reloads.test(log()), 'HUP reloads as long as the terminal is there')
    const { answer, finish } = await busyRequest(url)
    await terminal.stop('SIGKILL')
    await until(() => log().includes('The terminal is closed: stopping'), 'it is said')
    assert.ok(isAlive(pid), 'it waits for its request')
    await finish()
    assert.equal((await answer).body, 'finished\n')
    await until(() => !isAlive(pid), 'the server is gone')
  })
}

test('a shell that passes the HUP on to its jobs ends a server in the background too', async t => {
  const { terminal, pid } = await open(t, 1, `exec bash --norc -ic '$SERVER & wait; true'`)
  await terminal.stop('SIGKILL')
  await until(() => !isAlive(pid), 'the server is gone')
})

for (const [name, command] of [
  ['nohup', 'nohup $SERVER > "$DIR/out"'],
  ['setsid', 'setsid -w $SERVER'],
  ['disown', `exec bash --norc -ic '$SERVER & disown; read x'`],
] as const) {
  test(`a server under ${name} outlives its terminal, and HUP reloads it`, async t => {
    const { terminal, log, pid, url } = await open(t, 1, command)
    await terminal.stop('SIGKILL')
    const worker = (await ask(url)).body
    for (let i = 0; i < 3; i++) assert.equal((await ask(`${url}/say`)).body, 'said\n')
    assert.equal((await ask(url)).body, worker, 'what it says to nobody costs no worker')
    // A HUP right behind the end of the terminal would be taken for it. That its moment is over no event tells.
    if (name !== 'nohup') await new Promise(resolve => setTimeout(resolve, 7000))
    const before = log().length
    process.kill(pid, 'SIGHUP')
    await until(() => log().slice(before).includes('Reloaded: all workers run the new code'), 'HUP reloads it')
    assert.equal((await ask(url)).status, 200)
  })
}
