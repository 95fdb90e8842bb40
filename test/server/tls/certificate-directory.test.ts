import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { filesIn, namesIn, pairsIn } from '../../../src/server/tls/certificate-directory.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** `directory/` -> its names. */
function pairs(tree: Readonly<Record<string, readonly string[]>>): string[] {
  const found = pairsIn('/d', path => tree[path.replace(/\/$/, '')] ?? [])
  return found.map(({ keyFile, certFile, isPfx }) => {
    const [key, cert] = [keyFile, certFile].map(path => path.replace('/d/', ''))
    return `${isPfx === true ? 'PFX ' : ''}${key} ${cert}`
  })
}

test('the layouts of other programs are known by their names', () => {
  const names = [
    'b.crt',
    'b.key',
    'c.pem',
    'd.pem',
    'd-key.pem',
    'e.cer',
    'e.key',
    'f.pfx',
    'g.p12',
    'README',
    'ca.srl',
  ]
  const tree = {
    '/d': [...names, 'live/', 'secret/', 'other/', '..data/', '.hidden.pem'],
    '/d/live': ['cert.pem', 'chain.pem', 'fullchain.pem', 'privkey.pem'],
    '/d/secret': ['tls.crt', 'tls.key'],
    '/d/other': ['notes.txt'],
    '/d/..data': ['tls.crt', 'tls.key'],
  }
  assert.deepEqual(pairs(tree), [
    'b.key b.crt',
    'c.pem c.pem',
    'd-key.pem d.pem',
    'e.key e.cer',
    'PFX f.pfx f.pfx',
    'PFX g.p12 g.p12',
    'live/privkey.pem live/fullchain.pem',
    'secret/tls.key secret/tls.crt',
  ])
})

test('what is called default comes first, whatever it is', () => {
  for (const name of ['default.pem', 'default.pfx', 'default/'])
    assert.match(pairs({ '/d': ['a.pem', name], '/d/default': ['tls.crt', 'tls.key'] })[0]!, /default/)
  assert.deepEqual(pairs({ '/d': ['defaults.pem', 'a.pem'] }), ['a.pem a.pem', 'defaults.pem defaults.pem'])
})

test('directories and links to them are told from files; what cannot be listed has no files', () => {
  const folder = temporaryFolder('certificates')
  mkdirSync(join(folder, 'archive'))
  writeFileSync(join(folder, 'archive', 'tls.crt'), '')
  symlinkSync('archive', join(folder, 'site'))
  symlinkSync('nowhere', join(folder, 'lost.pem'))
  assert.deepEqual([...namesIn(folder)].sort(), ['archive/', 'lost.pem', 'site/'])
  const expected = ['archive/tls.key', 'archive/tls.crt', 'lost.pem', 'site/tls.key', 'site/tls.crt']
  assert.deepEqual(
    filesIn(folder),
    expected.map(name => join(folder, name)),
  )
  assert.deepEqual(filesIn(join(folder, 'none')), [])
  assert.deepEqual(filesIn(join(folder, 'archive', 'tls.crt')), [])
})
