import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isAlive, runStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask, serve, until } from './supervisor-support.ts'

test('a blocked worker is reported with its stack and its requests, then killed and replaced', async t => {
  const server = await serve(t, ['--workers=1', '--worker-timeout=3'])
  const [blocked] = server.workers()
  const lost = ask(`${server.url}/block?by=test`)
  lost.catch(() => undefined)
  const [line] = await server.seen(
    /worker \d+ is blocked, serving GET \/block\?by=test, \d+\.\d s; its code is\n.*at \/block \(.*app\.mjs:\d+:\d+\)/,
  )
  assert.match(line, new RegExp(`worker ${blocked} is blocked`))
  await server.seen(/has not reported for 3 s, its event loop is blocked: it is killed/)
  await assert.rejects(lost)
  await until(() => server.workers().length === 1 && server.workers()[0] !== blocked, 'it is replaced')
  assert.equal((await ask(server.url)).status, 200)
})

test('a worker that is busy for less than the timeout is left alone', async t => {
  const server = await serve(t, ['--workers=1', '--worker-timeout=3'])
  const [worker] = server.workers()
  assert.equal((await ask(`${server.url}/busy?ms=700`)).status, 200)
  assert.deepEqual(server.workers(), [worker])
  assert.doesNotMatch(server.stderr, /blocked/)
})

test('a worker that blocks with its first request is reported', async t => {
  const server = await serve(t, ['--workers=1', '--worker-timeout=2'])
  ask(`${server.url}/block`).catch(() => undefined)
  await server.seen(/worker \d+ is blocked, serving GET \/block,/)
  // Otherwise it would live on behind the test.
  await server.seen(/its event loop is blocked: it is killed/)
})

test('a worker that is blocked does not outlive its master for long', async t => {
  const socket = join(temporaryFolder('test'), 'control')
  const server = await serve(t, ['--workers=1', '--graceful-timeout=1', `--control-socket=${socket}`])
  const [blocked = 0] = server.workers()
  t.after(() => isAlive(blocked) && process.kill(blocked, 'SIGKILL'))
  const lost = ask(`${server.url}/block`)
  lost.catch(() => undefined)
  const stack = async (): Promise<string> => (await runStarlight(['stack', `--control-socket=${socket}`])).stdout
  await until(async () => /at \/block/.test(await stack()), 'it is blocked')
  await server.stop('SIGKILL')
  await until(() => !isAlive(blocked), 'its watchdog ends it')
  await assert.rejects(lost)
})

test('a worker that a debugger has paused is neither let go nor killed', async t => {
  const server = await serve(t, ['--workers=1', '--worker-timeout=2', '--inspect=127.0.0.1:0'])
  const worker = (await ask(server.url)).body
  const [, host = '', port = '', path = ''] = await server.seen(/Debugger listening on ws:\/\/([^:]+):(\d+)(\/\S+)/)
  const debug = await openInspector(t, host, Number(port), path)
  debug.post('Debugger.enable')
  debug.post('Debugger.pause')
  const answer = ask(server.url)
  await debug.seen('"Debugger.paused"')
  // Longer than the limit: that nothing happens no event tells.
  await new Promise(resolve => setTimeout(resolve, 4000))
  assert.doesNotMatch(debug.heard(), /Debugger\.resumed/)
  debug.post('Debugger.resume')
  assert.equal((await answer).body, worker)
  assert.doesNotMatch(server.stderr, /blocked|killed/)
  assert.match(server.stderr, /worker \d+ has its inspector open: a debugger may pause it/)
})

test('a server that was stopped as a whole kills no worker when it goes on', async t => {
  const several = [['--workers=2'], ['--workers=1', '--threads=2']]
  // At once, so before the first heartbeats. The limit is long enough for a loaded machine, on which a worker may be silent for 2 s.
  const servers = await Promise.all(several.map(args => serve(t, [...args, '--worker-timeout=8'])))
  const before = servers.map(server => server.workers())
  const all = servers.flatMap((server, i) => [server.pid, ...before[i]!])
  for (const pid of all) process.kill(pid, 'SIGSTOP')
  // Longer than the limit.
  await new Promise(resolve => setTimeout(resolve, 9500))
  for (const pid of all) process.kill(pid, 'SIGCONT')
  for (const [i, server] of servers.entries()) {
    assert.equal((await ask(server.url)).status, 200)
    server.signal('SIGTTIN')
    await until(() => server.workers().length === before[i]!.length + 1, 'the master goes on')
    const after = server.workers()
    assert.deepEqual(
      before[i]!.filter(pid => !after.includes(pid)),
      [],
    )
    assert.doesNotMatch(server.stderr, /is blocked[,:]|is killed|has not reported/)
  }
})

/** A client of the inspector: WebSocket (RFC 6455) as far as that needs it. */
async function openInspector(t: TestContext, host: string, port: number, path: string) {
  const key = Buffer.alloc(16, 1).toString('base64')
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
  }
  const asked = request({ host, port, path, headers }).end()
  const [, socket] = (await once(asked, 'upgrade')) as [unknown, Socket]
  t.after(() => socket.destroy())
  let heard = ''
  socket.setEncoding('latin1').on('data', text => {
    heard += text
  })
  let id = 0
  return {
    heard: () => heard,
    post(method: string) {
      const text = Buffer.from(JSON.stringify({ id: ++id, method }))
      // A text frame of less than 126 bytes, with a mask of zeros.
      socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]))
    },
    seen: (what: string) => until(() => heard.includes(what), `the inspector says ${what}`),
  }
}
