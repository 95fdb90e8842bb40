// A Mojolicious application that lives by its event loop: under its own servers, as docs/perl.md has it, and under the Plack adapter.
import assert from 'node:assert/strict'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lacksPerl } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { StarlightProcess } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openSocket, refusal } from '../support/websockets.ts'
import { serve } from './perl-support.ts'

const EXAMPLE = join(ROOT, 'examples', 'perl', 'mojolicious-live.pl')
const skip = lacksPerl('Mojolicious::Lite')
const AVAILABLE = /Web application available at (http:\/\/127\.0\.0\.1:\d+)/

function run(t: TestContext, program: [string, ...string[]], env: Record<string, string> = {}): StarlightProcess {
  // Pid files lie beside the application.
  const cwd = temporaryFolder('mojolicious')
  copyFileSync(EXAMPLE, join(cwd, 'live.pl'))
  const server = new StarlightProcess([], { program, cwd, env })
  t.after(() => server.stop())
  return server
}

async function answers(url: string): Promise<void> {
  const later = await fetch(`${url}/later`, { headers: { connection: 'close' } })
  assert.equal(await later.text(), 'later\n')
  const echo = await openSocket(`${url.replace('http', 'ws')}/echo`)
  echo.socket.send('hello')
  assert.equal(await echo.next(), 'You said hello')
  echo.socket.close()
  await echo.closed
}

test('hypnotoad serves late answers and WebSockets', { skip }, async t => {
  const server = run(t, ['hypnotoad', '-f', 'live.pl'], { LISTEN: 'http://127.0.0.1:0' })
  const [, url = ''] = await server.printed(AVAILABLE)
  await answers(url)
})

test('so does a prefork server behind starlight-starter, before and after a HUP', { skip }, async t => {
  const starter = [join(ROOT, 'bin', 'starlight-starter.js'), '--port=127.0.0.1:0=3', '--interval=1']
  const signals = ['--signal-on-hup=QUIT', '--signal-on-term=QUIT']
  const program = ['perl', 'live.pl', 'prefork', '-l', 'http://127.0.0.1?fd=3']
  const server = run(t, [process.execPath, ...starter, ...signals, '--', ...program])
  const [, url = ''] = await server.printed(AVAILABLE)
  await answers(url)
  const from = server.stdout.length
  const stopped = server.seen(/Manager \d+ stopped/)
  server.child.kill('SIGHUP')
  const [, again] = await server.printed(AVAILABLE, from)
  await stopped
  assert.equal(again, url)
  await answers(url)
})

test('under the Plack adapter the late answer is empty and the WebSocket is not found', { skip }, async t => {
  const server = await serve(t, 'starlight', EXAMPLE, '--workers=1')
  const later = await fetch(`${server.url}/later`, { headers: { connection: 'close' } })
  assert.equal(await later.text(), '')
  assert.equal((await refusal(`${server.url.replace('http', 'ws')}/echo`)).status, 404)
})

test('docs/perl.md shows the example', () => {
  const page = readFileSync(join(ROOT, 'docs', 'perl.md'), 'utf8')
  assert.ok(page.includes(`\`\`\`perl\n${readFileSync(EXAMPLE, 'utf8')}\`\`\``))
})
