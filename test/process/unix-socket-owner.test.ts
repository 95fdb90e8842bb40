// One living server for each path of a Unix socket, from its bind on.

import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runStarlight, StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, until } from './supervisor-support.ts'

const SKIP = { skip: process.platform !== 'linux' && 'only /proc tells who has bound a socket' }

for (const workers of [0, 1]) {
  test(`a second start is refused while the first one loads its application, --workers=${workers}`, SKIP, async t => {
    const directory = temporaryFolder('test')
    const [socket, go] = [join(directory, 'sock'), join(directory, 'go')]
    const app = join(directory, 'app.mjs')
    writeFileSync(
      app,
      `import { existsSync, writeFileSync } from 'node:fs'
       writeFileSync(${JSON.stringify(`${go}.loading`)}, '')
       while (!existsSync(${JSON.stringify(go)})) await new Promise(resolve => setTimeout(resolve, 5))
       export default { fetch: () => new Response('first') }\n`,
    )
    const first = new StarlightProcess([`--socket=${socket}`, `--workers=${workers}`, app])
    t.after(() => first.stop('SIGKILL'))
    await until(() => existsSync(`${go}.loading`), 'the application loads')
    const second = await runStarlight([`--socket=${socket}`, '--workers=1', APP])
    assert.match(second.stderr, /Cannot listen on "unix:.*sock": another server has it, choose another path/)
    writeFileSync(go, '')
    await first.seen(/serving/)
    assert.equal((await ask('http://x/', { socketPath: socket })).body, 'first')
    assert.equal((await first.stop()).code, 0)
    assert.equal(existsSync(socket), false)
  })
}

test('a server whose socket file was replaced while it loaded does not say that it serves', SKIP, async () => {
  const directory = temporaryFolder('test')
  const socket = join(directory, 'sock')
  const app = join(directory, 'app.mjs')
  // What a second server does that has found the file of a dead one in the same moment.
  writeFileSync(
    app,
    `import { rmSync } from 'node:fs'; import { createServer } from 'node:net'; import { once } from 'node:events'
     rmSync(${JSON.stringify(socket)}); await once(createServer().listen(${JSON.stringify(socket)}).unref(), 'listening')
     export default { fetch: () => new Response('first') }\n`,
  )
  for (const workers of [0, 1]) {
    const { code, stderr } = await runStarlight([`--socket=${socket}`, `--workers=${workers}`, app])
    assert.equal(code, 3, stderr)
    assert.match(stderr, /Cannot listen on "unix:.*sock": another server has put its socket there meanwhile/)
    assert.doesNotMatch(stderr, /serving/)
  }
})

test('a start that fails removes the socket file of its own, and none that it was handed', SKIP, async t => {
  const directory = temporaryFolder('test')
  const [socket, app] = [join(directory, 'sock'), join(directory, 'app.mjs')]
  writeFileSync(app, 'export default { fetch: () => new Response("one") }\n')
  const server = await startStarlight([`--socket=${socket}`, '--workers=1', app])
  t.after(() => server.stop('SIGKILL'))
  writeFileSync(app, 'throw new Error("broken on purpose")\n')
  server.signal('SIGUSR2')
  await server.seen(/The upgrade is stopped/)
  assert.equal((await ask('http://x/', { socketPath: socket })).body, 'one')
  await server.stop()
  const { code } = await runStarlight([`--socket=${socket}`, '--workers=1', app])
  assert.notEqual(code, 0)
  assert.equal(existsSync(socket), false)
})
