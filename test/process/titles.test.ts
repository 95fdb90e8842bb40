// What ps(1) shows.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { APP, serve, until } from './supervisor-support.ts'

const skip = process.platform === 'linux' ? false : 'proc(5) is needed'

function titleOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim()
}

test('the titles of master and workers tell two servers apart', { skip }, async t => {
  for (let i = 0; i < 2; i++) {
    const server = await serve(t, ['--workers=1'])
    // It may be cut to the length of the command line.
    const place = `[${APP} :${server.port}]`
    const [worker = 0] = server.workers()
    await until(
      () => titleOf(server.pid) === `starlight master ${place}`.slice(0, titleOf(server.pid).length),
      'the master',
    )
    assert.equal(titleOf(worker), `starlight worker ${place}`.slice(0, titleOf(worker).length))
    assert.ok(titleOf(server.pid).length > 40)
  }
})

test('a server of one process is no master', { skip }, async t => {
  const server = await serve(t, ['--workers=0'])
  await until(() => titleOf(server.pid).startsWith('starlight ['), 'its title')
})
