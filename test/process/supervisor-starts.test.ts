// What happens to a server whose workers take their time to start. The app loads when the test lets it.

import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { StarlightProcess } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask, until } from './supervisor-support.ts'

/** Each start leaves a file; those beyond `free` wait for the file `open`. */
function gated(free: number): string {
  return `import { existsSync, readdirSync, writeFileSync } from 'node:fs'
    const starts = new URL('starts.', import.meta.url).pathname
    writeFileSync(starts + process.pid, '')
    const { length } = readdirSync(new URL('.', import.meta.url)).filter(name => name.startsWith('starts.'))
    while (length > ${free} && !existsSync(new URL('open', import.meta.url)))
      await new Promise(resolve => setTimeout(resolve, 5))
    export default { fetch: () => new Response('served') }`
}

async function start(
  t: TestContext,
  args: readonly string[],
  free: number,
): Promise<{ server: StarlightProcess; starts(): number; open(): void }> {
  const directory = temporaryFolder('test')
  writeFileSync(join(directory, 'app.mjs'), gated(free))
  const server = new StarlightProcess(['--host=127.0.0.1', '--port=0', ...args, join(directory, 'app.mjs')])
  t.after(() => server.stop('SIGKILL'))
  const starts = (): number => readdirSync(directory).filter(name => name.startsWith('starts.')).length
  return { server, starts, open: () => writeFileSync(join(directory, 'open'), '') }
}

test('TTOU takes away a worker that is starting, and the reload that goes on does not count it as a failure', async t => {
  const { server, starts, open } = await start(t, ['--workers=2'], 2)
  await server.seen(/serving/)
  server.signal('SIGHUP')
  await until(() => starts() === 3, 'the first replacement starts')
  server.signal('SIGTTIN')
  await until(() => starts() === 4, 'the third worker starts')
  server.signal('SIGTTOU')
  await until(() => server.workers().length === 3, 'the third worker is gone')
  open()
  await server.seen(/Reloaded: all workers run the new code/)
  assert.doesNotMatch(server.stderr, /stopped/)
})

test('TTOU during the start takes away the worker that is not there yet, and the server serves', async t => {
  const { server, starts } = await start(t, ['--workers=2'], 1)
  await until(() => starts() === 2, 'the second worker starts')
  server.signal('SIGTTOU')
  await server.seen(/serving/)
  assert.equal((await ask(server.url)).body, 'served')
  await until(() => server.workers().length === 1, 'the second worker is gone')
})

test('TTOU during the start does not end a server whose other workers are still to come', async t => {
  const { server, starts, open } = await start(t, ['--workers=3'], 1)
  await until(() => starts() === 3, 'two more workers start')
  server.signal('SIGTTOU')
  await until(() => server.workers().length === 2, 'the third worker is gone')
  assert.doesNotMatch(server.stderr, /serving/)
  open()
  await server.seen(/serving/)
  assert.equal((await ask(server.url)).body, 'served')
})
