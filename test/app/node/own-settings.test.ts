import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { createServer as createHttp2Server, createSecureServer } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import { test } from 'node:test'
import type { OwnServer } from '../../../src/app/handler.ts'
import { hasOwnKey, keepToSettings } from '../../../src/app/node/own-settings.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { testContext } from './both.ts'

function kept(server: object, taken: readonly string[] = []): { limits: object[]; words: string[] } {
  const limits: object[] = []
  const ownServer: OwnServer = {
    isFree: what => !taken.includes(what),
    limit: one => void limits.push(one),
    encrypt: () => undefined,
    warn: () => undefined,
  }
  return { limits, words: keepToSettings(server, { ...testContext(), ownServer }) }
}

test('a server as Node makes it says nothing', () => {
  for (const server of [
    createServer(),
    createTlsServer(),
    createHttp2Server(),
    createSecureServer({ allowHTTP1: true }),
  ])
    assert.deepEqual(kept(server), { limits: [], words: [] })
})

test('what it was given before and later counts, and is still to be read', () => {
  const server = createServer({ keepAliveTimeout: 1500, requestTimeout: 7000, headersTimeout: 6000 })
  server.maxConnections = 3
  const { limits, words } = kept(server)
  server.maxRequestsPerSocket = 9
  server.keepAliveTimeout = 0
  assert.deepEqual(limits, [
    { keepaliveTimeoutMs: 1500 },
    { headTimeoutMs: 6000 },
    { bodyTimeoutMs: 7000 },
    { connections: 3 },
    { requestsPerConnection: 9 },
    { keepaliveTimeoutMs: 0 },
  ])
  assert.deepEqual([server.keepAliveTimeout, server.maxRequestsPerSocket, server.maxConnections], [0, 9, 3])
  assert.deepEqual(words, [
    '"requestTimeout" (silence in a body counts, not the whole request: --body-timeout, --body-min-rate)',
  ])
  assert.deepEqual(kept(server, ['bodyTimeoutMs']).words, [], 'the operator has chosen it')
})

test('what the operator has said counts more; what is no limit, or none that we have, does not', () => {
  const server = createServer({ keepAliveTimeout: 1500, maxHeaderSize: 100_000 })
  const { limits, words } = kept(server, ['keepaliveTimeoutMs'])
  server.keepAliveTimeout = 2
  server.requestTimeout = 0
  server.maxConnections = 0
  for (const value of [Infinity, Number.NaN, -1, '5']) server.headersTimeout = value as number
  assert.deepEqual([limits, words], [[], ['"maxHeaderSize" (--limit-request-head)']])
})

test('what speaks TLS with something is known', () => {
  const { key, cert } = makeCertificate()
  const withContext = createTlsServer()
  withContext.addContext('localhost', { key, cert })
  for (const server of [
    createTlsServer({ key, cert }),
    createSecureServer({ key, cert }),
    createTlsServer({ SNICallback: () => undefined }),
    withContext,
  ])
    assert.equal(hasOwnKey(server), true)
  for (const server of [createServer(), createHttp2Server(), createTlsServer(), createTlsServer({ cert })])
    assert.equal(hasOwnKey(server), false)
})
