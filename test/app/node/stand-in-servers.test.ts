import assert from 'node:assert/strict'
import http from 'node:http'
import https from 'node:https'
import { test } from 'node:test'
import { StandInServers } from '../../../src/app/node/stand-in-servers.ts'

test('The servers of an application without one are those of its protocol, the same each time, and listen nowhere', () => {
  const servers = new StandInServers(() => undefined)
  assert.ok(servers.plain instanceof http.Server)
  assert.ok(servers.encrypted instanceof https.Server)
  assert.equal(servers.encrypted, servers.encrypted)
  assert.deepEqual([servers.plain.listening, servers.plain.address()], [false, null])
})

test('Listeners that come, or take the place of the first one, are noticed', () => {
  const servers = new StandInServers(() => undefined)
  assert.equal(servers.isUntouched(servers.plain), true)
  assert.equal(servers.isUntouched(servers.encrypted), true)
  servers.plain.on('upgrade', () => undefined)
  servers.encrypted.on('upgrade', () => undefined)
  assert.equal(servers.listenerCount('upgrade'), 2)
  servers.plain.on('request', () => undefined)
  assert.equal(servers.isUntouched(servers.plain), false)
  servers.plain.removeAllListeners('request').on('request', () => undefined)
  assert.equal(servers.isUntouched(servers.plain), false)
})
