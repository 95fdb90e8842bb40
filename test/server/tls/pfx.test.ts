import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { berOf } from '../../../src/server/tls/ber.ts'
import { partsOfPfx } from '../../../src/server/tls/pfx.ts'
import { ROOT } from '../../support/root.ts'

const FOLDER = join(ROOT, 'test/fixtures/pfx')

function parts(name: string, passphrase: string): string[] {
  return partsIn(readFileSync(join(FOLDER, name)), passphrase)
}

/** The names of the chain, once the key has been seen to belong to the first. */
function partsIn(pfx: Buffer, passphrase: string): string[] {
  const { key, cert } = partsOfPfx(pfx, passphrase)
  const chain = cert.match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----/g)!.map(text => new X509Certificate(text))
  assert.ok(chain[0]!.checkPrivateKey(createPrivateKey(key)))
  return chain.map(({ subject }) => subject)
}

test('a file of each kind gives its key, and its certificate with the chain below the root', () => {
  assert.deepEqual(parts('aes.pfx', 'sécret'), ['CN=pfx.example', 'CN=inter'])
  assert.deepEqual(parts('triple-des.pfx', 'sécret'), ['CN=pfx.example'])
  assert.deepEqual(parts('plain.pfx', ''), ['CN=pfx.example'])
})

test('a file in BER is read, too', () => {
  const der = readFileSync(join(FOLDER, 'aes.pfx'))
  const [version, authSafe, mac] = berOf(der).children
  const [type, tagged] = authSafe!.children
  const contents = tagged!.children[0]!.content
  const pieces = [contents.subarray(0, 100), contents.subarray(100)].map(piece => octets(piece))
  const safe = endless(0x30, type!.raw, endless(0xa0, endless(0x24, ...pieces)))
  assert.deepEqual(partsIn(endless(0x30, version!.raw, safe, mac!.raw), 'sécret'), ['CN=pfx.example', 'CN=inter'])
})

test('another passphrase, an encryption of old, a file without a key and one that is cut are refused', () => {
  assert.throws(() => parts('aes.pfx', 'x'), /mac verify failure/)
  assert.throws(() => parts('rc2.pfx', 'x'), /unsupported/i)
  assert.throws(() => parts('no-key.pfx', 'x'))
  const whole = readFileSync(join(FOLDER, 'aes.pfx'))
  for (const length of [0, 1, 100, whole.length - 1])
    assert.throws(() => partsIn(whole.subarray(0, length), 'sécret'), String(length))
})

function endless(tag: number, ...content: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([tag, 0x80]), ...content, Buffer.alloc(2)])
}

function octets(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x04, 0x82, content.length >> 8, content.length & 255]), content])
}
