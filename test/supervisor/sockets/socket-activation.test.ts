import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListenAddress } from '../../../src/config/listen/address.ts'
import { starterSockets, systemdSockets, tlsFor } from '../../../src/supervisor/sockets/socket-activation.ts'

test('starterSockets reads what start_server writes', () => {
  assert.deepEqual(starterSockets('127.0.0.1:18151=5;18152=6;[::1]:18153=7;/tmp/x=y/ss.sock=8'), [
    { name: '127.0.0.1:18151', fd: 5 },
    { name: '18152', fd: 6 },
    { name: '[::1]:18153', fd: 7 },
    { name: '/tmp/x=y/ss.sock', fd: 8 },
  ])
})

test('starterSockets says which part it cannot read', () => {
  assert.throws(() => starterSockets('80=4;81'), /Cannot listen on the given socket "81"/)
})

test('systemdSockets counts from 3 and knows the names', () => {
  assert.deepEqual(systemdSockets(2, 'http:https'), [
    { name: 'http', fd: 3 },
    { name: 'https', fd: 4 },
  ])
  assert.deepEqual(systemdSockets(Number.NaN), [])
})

const TLS = { keyFile: 'k', certFile: 'c', verifyMode: 0 }
const PLAIN: ListenAddress = { kind: 'tcp', host: undefined, port: 80 }
const SECURE: ListenAddress = { kind: 'tcp', host: undefined, port: 443, tls: TLS }

test('tlsFor takes the files of the same port, or of all', () => {
  assert.equal(tlsFor({ kind: 'tcp', host: '::1', port: 443 }, [PLAIN, SECURE]), TLS)
  assert.equal(tlsFor({ kind: 'tcp', host: '::1', port: 80 }, [PLAIN, SECURE]), undefined)
  assert.equal(tlsFor({ kind: 'tcp', host: '::1', port: 9 }, [PLAIN, SECURE]), undefined)
  assert.equal(tlsFor({ kind: 'unix', path: '/s' }, [SECURE]), TLS)
})
