// Sentences of the docs that a running server shows to be true. What needs none is in test/docs/statements.test.ts, pages with many in docs-pages/.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { says } from '../support/docs.ts'
import { PERL_SKIP } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { cleanEnvironment, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function folderWith(name: string, text: string): string {
  const folder = temporaryFolder('statements')
  writeFileSync(join(folder, name), text)
  return folder
}

test('docs/apps.md: .psgi and .pl files are Perl', { skip: PERL_SKIP }, async () => {
  says('docs/apps.md', '`.psgi` and `.pl` files are Perl')
  for (const name of ['app.psgi', 'other.pl']) {
    const cwd = folderWith(name, 'sub { [200, [], ["perl $$"]] }')
    await using server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', name], { cwd })
    assert.match(await (await fetch(server.url, { headers: { connection: 'close' } })).text(), /^perl \d+$/)
  }
})

test('docs/apps.md: the application is the default export, or the one named app, handler or fetch', async () => {
  says('docs/apps.md', 'The application is the default export, or the one named `app`, `handler` or `fetch`.')
  for (const name of ['app', 'handler', 'fetch']) {
    const cwd = folderWith('a.mjs', `export const ${name} = request => new Response('${name} ' + request.url.length)\n`)
    await using server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=0', 'a.mjs'], { cwd })
    assert.match(await (await fetch(server.url, { headers: { connection: 'close' } })).text(), new RegExp(`^${name} `))
  }
})

test('docs/ancestor.md: the sockets in SERVER_STARTER_PORT are served', async t => {
  says('docs/ancestor.md', 'The sockets in `SERVER_STARTER_PORT` are served')
  const cwd = folderWith('a.mjs', 'export default { fetch: () => new Response("handed") }\n')
  const giver = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => giver.once('listening', resolve))
  const { port } = giver.address() as { port: number }
  const fd = (giver as unknown as { _handle: { fd: number } })._handle.fd
  assert.ok(fd > 2)
  const child = spawn(process.execPath, [join(ROOT, 'bin', 'starlight.js'), '--workers=1', 'a.mjs'], {
    cwd,
    env: { ...cleanEnvironment(), SERVER_STARTER_PORT: `127.0.0.1:${port}=3` },
    stdio: ['ignore', 'ignore', 'pipe', fd],
  })
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(said)))
    child.stderr?.setEncoding('utf8').on('data', text => {
      said += text
      if (/ serving .* on /.test(said)) resolve()
    })
  })
  // The giver accepts nothing: only the child answers.
  giver.close()
  assert.equal(await (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })).text(), 'handed')
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await gone
})

test('docs/signals.md: without workers signals that are for them are ignored', async () => {
  const sentence =
    'the others have nothing to work on and are ignored with a line in the log (WINCH, which terminals send, without one).'
  says('docs/signals.md', sentence)
  const cwd = folderWith('a.mjs', 'export default { fetch: () => new Response("served") }\n')
  await using server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=0', 'a.mjs'], { cwd })
  server.signal('SIGWINCH')
  for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU'] as const) {
    server.signal(signal)
    await server.seen(new RegExp(`${signal} has no meaning without --workers and is ignored`))
  }
  assert.doesNotMatch(server.stderr, /SIGWINCH/)
  assert.equal(await (await fetch(server.url, { headers: { connection: 'close' } })).text(), 'served')
})
