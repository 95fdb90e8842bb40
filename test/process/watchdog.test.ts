import assert from 'node:assert/strict'
import { test } from 'node:test'
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
