// Keys and certificates are looked at wherever they are read: at the start, by --check-config, and before a reload.

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { makeCertificate, writeCertificate } from '../support/certificate.ts'
import { runStarlight, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, until } from './supervisor-support.ts'

function optionsFor(files: { keyFile: string; certFile: string }): string[] {
  const listening = ['--host=127.0.0.1', '--port=0', '--ssl', '--workers=2']
  return [...listening, `--ssl-key-file=${files.keyFile}`, `--ssl-cert-file=${files.certFile}`]
}

test('a key of another certificate: --check-config and the start give one sentence and code 2', async () => {
  const files = writeCertificate(temporaryFolder('test'))
  writeFileSync(files.keyFile, makeCertificate().key)
  for (const more of [['--check-config'], [], ['--workers=0']]) {
    const { code, stderr } = await runStarlight([...optionsFor(files), ...more, APP])
    assert.equal(code, 2, more.join())
    assert.match(
      stderr,
      /Cannot use the TLS key ".*server\.key": it does not belong to the certificate ".*server\.crt" \(CN=localhost\)\n$/,
    )
    assert.doesNotMatch(stderr, /at .*:\d+:\d+/)
  }
})

test('an expired certificate is served with a warning', async () => {
  const folder = temporaryFolder('test')
  const files = writeCertificate(folder)
  const { key, cert } = makeCertificate('old', { days: -1 })
  writeFileSync(files.keyFile, key)
  writeFileSync(files.certFile, cert)
  const { code, stderr, stdout } = await runStarlight([...optionsFor(files), '--check-config', APP])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^Configuration is fine/)
  assert.match(stderr, /warn: The TLS certificate ".*server\.crt": certificate 1 \(CN=old\) expired on /)
})

test('a reload with a key that does not fit is refused, and the old workers stay; with one that fits it goes through', async () => {
  const files = writeCertificate(temporaryFolder('test'))
  await using server = await startStarlight([...optionsFor(files), APP])
  const workers = server.workers()
  const next = makeCertificate()
  writeFileSync(files.keyFile, next.key)
  server.signal('SIGHUP')
  await server.seen(
    /The reload is stopped, the old workers stay: Cannot use the TLS key ".*server\.key": it does not belong/,
  )
  assert.deepEqual(server.workers(), workers)
  writeFileSync(files.certFile, next.cert)
  server.signal('SIGHUP')
  await server.seen(/Reloaded: all workers run the new code/)
  await until(() => server.workers().every(pid => !workers.includes(pid)), 'the old workers are gone')
})
