// What lies in a directory and is not to be shown.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onBoth, write } from '../../support/static-site.ts'

onBoth('links lead nowhere outside, and to no dot file', async (ask, { folder, ...place }) => {
  const outside = join(folder, 'secret.txt')
  writeFileSync(outside, 'secret')
  mkdirSync(join(folder, 'private'))
  writeFileSync(join(folder, 'private', 'key.txt'), 'secret')
  const site = { folder, ...place }
  write(site, '.env', 'secret')
  write(site, 'real.txt', 'real')
  const inside = (name: string): string => join(folder, 'public', name)
  symlinkSync(outside, inside('file.txt'))
  symlinkSync('../secret.txt', inside('relative.txt'))
  symlinkSync(join(folder, 'private'), inside('private'))
  symlinkSync('.env', inside('env.txt'))
  symlinkSync('loop.txt', inside('loop.txt'))
  symlinkSync('real.txt', inside('link.txt'))
  symlinkSync(folder, inside('up'))
  write(site, 'a.js', 'plain')
  symlinkSync(outside, inside('a.js.gz'))
  for (const path of ['/file.txt', '/relative.txt', '/private/key.txt', '/env.txt', '/loop.txt', '/up/secret.txt'])
    assert.equal((await ask(path)).status, 404, path)
  assert.equal((await ask('/up/public/.env')).status, 404)
  assert.equal((await ask('/link.txt')).body.toString(), 'real')
  assert.equal((await ask('/a.js', { 'accept-encoding': 'gzip' })).body.toString(), 'plain')
})

onBoth(
  'links lead outside where that is wanted, but not to dot files of the path',
  async (ask, { folder }) => {
    mkdirSync(join(folder, 'private'))
    writeFileSync(join(folder, 'private', 'key.txt'), 'shown')
    writeFileSync(join(folder, 'private', '.env'), 'secret')
    symlinkSync(join(folder, 'private'), join(folder, 'public', 'private'))
    assert.equal((await ask('/private/key.txt')).body.toString(), 'shown')
    assert.equal((await ask('/private/.env')).status, 404)
  },
  { followsLinks: true },
)

onBoth('a FIFO, a device and a file without rights go to the application', async (ask, place) => {
  const inside = (name: string): string => join(place.folder, 'public', name)
  execFileSync('mkfifo', [inside('fifo')])
  symlinkSync('/dev/zero', inside('zero'))
  assert.equal((await ask('/fifo')).status, 404)
  assert.equal((await ask('/zero')).status, 404)
  if (process.getuid?.() === 0) return
  chmodSync(write(place, 'closed.txt', 'x'), 0)
  write(place, 'closed/a.txt', 'x')
  chmodSync(inside('closed'), 0)
  assert.equal((await ask('/closed.txt')).status, 404)
  assert.equal((await ask('/closed/a.txt')).status, 404)
  chmodSync(inside('closed'), 0o700)
})

onBoth(
  'a device is not opened where links are followed',
  async (ask, { folder }) => {
    symlinkSync('/dev/zero', join(folder, 'public', 'zero'))
    assert.equal((await ask('/zero')).status, 404)
  },
  { followsLinks: true },
)
