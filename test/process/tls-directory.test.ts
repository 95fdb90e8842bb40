// A directory of certificates that changes while a server serves.

import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeCertificate, type PemPair } from '../support/certificate.ts'
import { runStarlight, type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, until } from './supervisor-support.ts'
import { shake } from './tls-clients.ts'

/** The names that clients see who ask for these. */
async function namesFor(server: StarlightProcess, ...servernames: readonly string[]): Promise<string[]> {
  const shaken = await Promise.all(servernames.map(servername => shake(server, { servername })))
  return shaken.map(({ name }) => name)
}

test('a directory: what is added, renewed and removed is served, with --user as well; what does not fit keeps nothing else back', {
  skip: process.getuid?.() !== 0 && 'only root can give up its rights',
}, async t => {
  const folder = temporaryFolder('test')
  const sites = join(folder, 'sites')
  mkdirSync(join(sites, 'two.test'), { recursive: true })
  chmodSync(sites, 0o700)
  const site = (name: string): PemPair => makeCertificate(name, { names: [name, `*.${name}`] })
  const put = (name: string, { key, cert }: PemPair): void => writeFileSync(join(sites, `${name}.pem`), key + cert)
  const inDirectory = (name: string, { key, cert }: PemPair): void => {
    mkdirSync(join(sites, name), { recursive: true })
    writeFileSync(join(sites, name, 'privkey.pem'), key)
    writeFileSync(join(sites, name, 'fullchain.pem'), cert)
  }
  put('default', site('default.test'))
  inDirectory('two.test', site('two.test'))
  for (const user of ['--user=65534', '--user=0']) {
    const options = ['--host=127.0.0.1', '--port=0', '--ssl', '--workers=2', `--ssl-cert-dir=${sites}`, user]
    const server = await startStarlight([...options, APP])
    t.after(() => server.stop('SIGKILL'))
    const asked = ['default.test', 'a.two.test', 'three.test', 'other']
    assert.deepEqual(await namesFor(server, ...asked), ['default.test', 'two.test', 'default.test', 'default.test'])
    inDirectory('three.test', site('three.test'))
    await server.seen(/certificate ".*three\.test\/fullchain\.pem" is new: three\.test, \*\.three\.test, until/)
    put('default', site('new.test'))
    writeFileSync(join(sites, 'two.test', 'privkey.pem'), site('two.test').key)
    await server.seen(/certificate ".*default\.pem" is renewed: new\.test/)
    await server.seen(/Cannot use the TLS key ".*two\.test\/privkey\.pem": it does not belong/)
    await until(async () => {
      const seen = await Promise.all(Array.from({ length: 10 }, () => namesFor(server, ...asked)))
      return new Set(seen.map(String)).size === 1 && String(seen[0]) === 'new.test,two.test,three.test,new.test'
    }, 'all workers serve what is new')
    const bad = await runStarlight([...options, '--check-config', APP])
    assert.equal(bad.code, 2)
    assert.match(bad.stderr, /privkey\.pem": it does not belong/)
    rmSync(join(sites, 'three.test'), { recursive: true })
    await server.seen(/certificate ".*three\.test\/fullchain\.pem" is gone/)
    await server.stop()
    put('default', site('default.test'))
    inDirectory('two.test', site('two.test'))
  }
})
