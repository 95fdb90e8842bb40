// SO_KEEPALIVE, as the kernel shows it.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { canReusePort } from '../../src/supervisor/sockets/bound-handle.ts'
import { serve, until } from './supervisor-support.ts'

const skip = spawnSync('ss', ['-V']).status === 0 ? false : 'ss of iproute2 is needed'

for (const args of [
  ['--workers=0'],
  ['--workers=2'],
  ['--workers=2', '--balance=round-robin'],
  ['--workers=2', '--balance=reuseport'],
  ['--workers=1', '--threads=2'],
]) {
  const needs = args.includes('--balance=reuseport') && !canReusePort() ? 'sockets cannot share a port here' : skip
  test(`a peer that is silent is asked whether it lives: ${args.join(' ')}`, { skip: needs }, async t => {
    const server = await serve(t, args)
    const client = connect(server.port, '127.0.0.1')
    t.after(() => client.destroy())
    await once(client, 'connect')
    const { localPort } = client
    const filter = ['-Htno', 'state', 'established', `( sport = :${server.port} and dport = :${localPort} )`]
    const shown = (): string => execFileSync('ss', filter, { encoding: 'utf8' })
    await until(() => /timer:\(keepalive,(?:1min|[1-5]?\dsec|60sec)/.test(shown()), 'a timer for probes')
    assert.match(shown(), /timer:\(keepalive,/)
  })
}
