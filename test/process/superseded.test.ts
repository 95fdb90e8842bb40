// A worker that starts and is not wanted any more: what it loads may let no order through for as long as it likes.

import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isAlive, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask, until } from './supervisor-support.ts'

const GOOD = "export default { fetch: () => new Response('old') }\n"

/** A server whose next workers never come to the end of their code, and the process ids of those that have begun. */
async function spinning(
  t: TestContext,
  args: readonly string[],
): Promise<{ server: StarlightProcess; begun(): number[] }> {
  const loading: number[] = []
  t.after(() => {
    for (const pid of loading) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  })
  const directory = temporaryFolder('test')
  const [app, marks] = [join(directory, 'app.mjs'), join(directory, 'begun')]
  writeFileSync(app, GOOD)
  const server = await startStarlight([
    '--host=127.0.0.1',
    '--port=0',
    ...(args.some(arg => arg.startsWith('--graceful')) ? [] : ['--graceful-timeout=3600']),
    '--boot-timeout=0',
    ...args,
    app,
  ])
  t.after(() => server.stop('SIGKILL'))
  const begun = (): number[] => {
    const names = readdirSync(directory).filter(name => name.startsWith('begun.'))
    const pids = names.map(name => Number(name.slice('begun.'.length)))
    loading.push(...pids.filter(pid => !loading.includes(pid)))
    return pids
  }
  writeFileSync(
    app,
    `import { writeFileSync } from 'node:fs'
    writeFileSync(${JSON.stringify(marks)} + '.' + process.pid, '')
    for (;;);\n`,
  )
  return { server, begun }
}

for (const [name, args] of [
  ['a process', []],
  ['threads', ['--threads=2']],
] as const) {
  test(`each HUP ends the worker of the one before, which still loads (${name})`, async t => {
    const { server, begun } = await spinning(t, ['--workers=1', ...args])
    const gone: number[] = []
    for (let round = 1; round <= 3; round++) {
      server.signal('SIGHUP')
      await until(() => begun().length === round, 'the next worker loads')
      const [loading = 0] = begun().filter(pid => !gone.includes(pid))
      for (const pid of gone) await until(() => !isAlive(pid), `worker ${pid} of an older generation is gone`)
      gone.push(loading)
    }
    assert.equal((await ask(server.url)).body, 'old')
    assert.doesNotMatch(server.stderr, /is killed|was killed|out of memory/)
  })

  test(`TERM waits for no worker that still loads (${name})`, async t => {
    const { server, begun } = await spinning(t, ['--workers=1', ...args])
    server.signal('SIGHUP')
    await until(() => begun().length === 1, 'the next worker loads')
    server.signal('SIGTERM')
    assert.equal((await server.exited).code, 0)
    for (const pid of begun()) assert.equal(isAlive(pid), false)
  })
}

test('fewer workers are wanted while one still loads: it is ended', async t => {
  const { server, begun } = await spinning(t, ['--workers=1'])
  server.signal('SIGTTIN')
  await until(() => begun().length === 1, 'the second worker loads')
  server.signal('SIGTTOU')
  await until(() => !begun().some(isAlive), 'it is gone')
  assert.equal((await ask(server.url)).body, 'old')
})

test('a worker that still loads does not outlive its master for long', async t => {
  const { server, begun } = await spinning(t, ['--workers=1', '--graceful-timeout=1'])
  server.signal('SIGHUP')
  await until(() => begun().length === 1, 'the next worker loads')
  await server.stop('SIGKILL')
  await until(() => !begun().some(isAlive), 'its watchdog ends it')
})
