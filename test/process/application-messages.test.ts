// What an application says over the channel that its worker has to the master: none of it is heard, and none of it does harm.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isAlive, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask, fixture, until } from './supervisor-support.ts'

const KINDS: Readonly<Record<string, readonly string[]>> = {
  'a process': ['--workers=1', '--watchdog'],
  'a process that is given its connections': ['--workers=1', '--balance=round-robin'],
  'a thread': ['--workers=1', '--threads=2'],
}

/** Paths of chatter.mjs, each of which goes through what Node offers. */
const WORDS = [
  'ready',
  'nothing',
  'text',
  'number',
  'deep',
  'huge',
  'lookalike',
  'acknowledgement',
  'handle',
  'flood',
  'unref',
  'deaf',
  'disconnect',
]

async function chatter(t: TestContext, args: readonly string[]): Promise<StarlightProcess> {
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', ...args, fixture('chatter.mjs')])
  t.after(() => server.stop('SIGKILL'))
  return server
}

for (const [kind, args] of Object.entries(KINDS)) {
  test(`nothing that an application sends from ${kind} ends the master or costs the worker its place`, async t => {
    const server = await chatter(t, args)
    const { body: pid } = await ask(server.url)
    for (const word of WORDS) {
      assert.equal((await ask(`${server.url}/${word}`)).body, 'done', word)
      assert.equal((await ask(server.url)).body, pid, `the worker after /${word}`)
    }
    // Orders still come, and reports still go: it is replaced, and leaves by itself.
    server.signal('SIGHUP')
    await server.seen(/Reloaded: all workers run the new code/)
    await until(() => !isAlive(Number(pid)), 'the end of the old worker')
    assert.doesNotMatch(server.stderr, /error|warn/)
    assert.equal((await server.stop()).code, 0)
  })

  test(`the listeners of an application hear no order that ${kind} gets`, async t => {
    const server = await chatter(t, args)
    server.signal('SIGUSR1')
    await ask(server.url)
    const { heard, workerData } = JSON.parse((await ask(`${server.url}/heard`)).body)
    assert.deepEqual(heard, [])
    assert.equal(workerData ?? null, null)
  })
}

test('a worker whose application has called process.disconnect leaves when its master is gone', async t => {
  const server = await chatter(t, ['--workers=1'])
  const { body: pid } = await ask(server.url)
  await ask(`${server.url}/disconnect`)
  await server.stop('SIGKILL')
  await until(() => !isAlive(Number(pid)), 'the end of the orphan')
})

for (const word of ['raw-garbage', 'raw-endless', 'raw-watchdog']) {
  test(`a worker that writes ${word} into its channel is replaced, and the master stays as it is`, async t => {
    const server = await chatter(t, ['--workers=1', '--watchdog'])
    const { body: pid } = await ask(server.url)
    const before = residentKilobytes(server.pid)
    // The worker may be gone before it has answered.
    await ask(`${server.url}/${word}`).catch(() => undefined)
    await server.seen(/worker \d+ sent what is no report.*: it is killed/)
    await until(async () => (await ask(server.url).catch(() => ({ body: pid }))).body !== pid, 'another worker')
    const grown = residentKilobytes(server.pid) - before
    assert.ok(grown < 40_000, `the master has grown by ${grown} kB`)
    assert.equal((await server.stop()).code, 0)
  })
}

test('what a preloaded Perl application writes into the channel of its process is passed over', async t => {
  const app = join(temporaryFolder('test'), 'app.psgi')
  writeFileSync(
    app,
    `open my $channel, '>>&=', 3 or die; $channel->autoflush(1);
     print $channel "hello\nB x y\nB -1 1\nB\nD 1e9 0\nD\n\n", 'x' x 3_000_000, "\n";
     sub { [200, [], [$$]] }`,
  )
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=2', '--preload-app', app])
  t.after(() => server.stop('SIGKILL'))
  const { body: pid } = await ask(server.url)
  assert.ok(isAlive(Number(pid)))
  assert.equal((await server.stop()).code, 0)
  assert.doesNotMatch(server.stderr, /error|warn/)
})

function residentKilobytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
}
