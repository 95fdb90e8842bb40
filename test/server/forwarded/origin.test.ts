import assert from 'node:assert/strict'
import { test } from 'node:test'
import { originOf } from '../../../src/server/forwarded/origin.ts'

const NOTHING = { proto: undefined, host: undefined, port: undefined }

for (const [says, host, url, name, port] of [
  [{}, 'shop', 'http://shop', undefined, undefined],
  [{ proto: 'https' }, 'shop', 'https://shop', 'shop', '443'],
  [{ proto: 'HTTP' }, 'shop', 'http://shop', 'shop', '80'],
  [{ proto: 'wss' }, 'shop', 'https://shop', 'shop', '443'],
  [{ proto: 'ws' }, 'shop', 'http://shop', 'shop', '80'],
  [{ proto: 'https' }, 'shop:8443', 'https://shop:8443', 'shop', '8443'],
  [{ proto: 'https' }, '[2001:db8::1]', 'https://[2001:db8::1]', '[2001:db8::1]', '443'],
  [{ proto: 'https' }, '[2001:db8::1]:81', 'https://[2001:db8::1]:81', '[2001:db8::1]', '81'],
  [{ proto: 'https' }, undefined, 'https://undefined', undefined, '443'],
  [{ host: 'shop:81' }, 'upstream', 'http://shop:81', 'shop', '81'],
  [{ proto: 'https', host: 'shop' }, 'upstream:81', 'https://shop', 'shop', '443'],
  [{ proto: 'https', host: 'shop', port: '8443' }, 'upstream', 'https://shop:8443', 'shop', '8443'],
  [{ proto: 'https', port: '443' }, 'shop', 'https://shop', 'shop', '443'],
  [{ port: '8080' }, 'shop:', 'http://shop:8080', 'shop', '8080'],
  // The Host that the client has sent knows its port better than a proxy behind a mapped one.
  [{ port: '80' }, 'shop:8080', 'http://shop:8080', 'shop', '8080'],
  // What is none is not believed.
  [{ proto: 'ftp' }, 'shop', 'http://shop', undefined, undefined],
  [{ host: 'a b' }, 'shop', 'http://shop', undefined, undefined],
  [{ host: 'evil/x' }, 'shop', 'http://shop', undefined, undefined],
  [{ host: 'user@evil' }, 'shop', 'http://shop', undefined, undefined],
  [{ port: '65536' }, 'shop', 'http://shop', undefined, undefined],
  [{ port: '80x' }, 'shop', 'http://shop', undefined, undefined],
] as const) {
  test(`${JSON.stringify(says)} with the Host ${host} is ${url}`, () => {
    const origin = originOf({ ...NOTHING, ...says }, host, false)
    assert.equal(`${origin.isEncrypted ? 'https' : 'http'}://${origin.authority}`, url)
    assert.deepEqual([origin.serverName, origin.serverPort], [name, port])
  })
}

test('a scheme that nobody tells is that of the connection', () => {
  assert.equal(originOf({ ...NOTHING, host: 'shop' }, 'upstream', true).isEncrypted, true)
  assert.equal(originOf({ ...NOTHING, host: 'shop' }, 'upstream', true).serverPort, '443')
  assert.equal(originOf({ ...NOTHING, proto: 'http' }, 'shop', true).isEncrypted, false)
})
