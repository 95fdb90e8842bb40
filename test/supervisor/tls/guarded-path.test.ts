// Whose hands a path goes through, in a file system of the test's own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeable } from '../../../src/supervisor/tls/guarded-path.ts'

const WWW = 33
const [DIRECTORY, LINK, FILE] = [0o040000, 0o120000, 0o100000]

/** Path -> mode, owner, and where a link leads. */
type Entries = Readonly<Record<string, readonly [mode: number, uid?: number, target?: string]>>

const SAFE: Entries = {
  '/': [DIRECTORY | 0o755],
  '/etc': [DIRECTORY | 0o755],
  '/etc/tls': [DIRECTORY | 0o700],
  '/etc/tls/key': [FILE | 0o600],
}
const CERTBOT: Entries = {
  ...SAFE,
  '/etc/tls/live': [DIRECTORY | 0o755],
  '/etc/tls/archive': [DIRECTORY | 0o755],
  '/etc/tls/live/key': [LINK | 0o777, 0, '../archive/key1'],
  '/etc/tls/archive/key1': [FILE | 0o600],
  '/elsewhere': [LINK | 0o777, 0, '/etc/tls/live'],
  '/round': [LINK | 0o777, 0, 'round'],
}
const KUBERNETES: Entries = {
  ...SAFE,
  '/certs': [DIRECTORY | 0o1777],
  '/certs/key': [LINK | 0o777, 0, '..data/key'],
  '/certs/..data': [LINK | 0o777, 0, '..2026'],
  '/certs/..2026': [DIRECTORY | 0o755],
  '/certs/..2026/key': [FILE | 0o600],
}

function judge(entries: Entries, path: string): string | undefined {
  const find = (name: string) => {
    const entry = entries[name]
    if (entry === undefined) throw Object.assign(new Error(`ENOENT ${name}`), { code: 'ENOENT' })
    return entry
  }
  return changeable(path, WWW, {
    lstat: name => ({ mode: find(name)[0], uid: find(name)[1] ?? 0 }),
    readlink: name => find(name)[2] ?? '',
  })
}

for (const [what, entries, path, place] of [
  ['directories of root', SAFE, '/etc/tls/key', undefined],
  ['links as certbot makes them', CERTBOT, '/etc/tls/live/key', undefined],
  ['an absolute link to a directory', CERTBOT, '/elsewhere/key', undefined],
  ['links in a sticky volume of Kubernetes', KUBERNETES, '/certs/key', undefined],
  ['a directory of somebody else', { ...SAFE, '/etc/tls': [DIRECTORY | 0o755, 99] }, '/etc/tls/key', undefined],
  ['a directory of the user', { ...SAFE, '/etc/tls': [DIRECTORY | 0o755, WWW] }, '/etc/tls/key', '/etc/tls'],
  ['a directory of the user higher up', { ...SAFE, '/etc': [DIRECTORY | 0o755, WWW] }, '/etc/tls/key', '/etc'],
  ['a directory that a group can write', { ...SAFE, '/etc/tls': [DIRECTORY | 0o775] }, '/etc/tls/key', '/etc/tls'],
  ['a directory that all can write', { ...SAFE, '/etc': [DIRECTORY | 0o757] }, '/etc/tls/key', '/etc'],
  [
    'a link of the user in a sticky directory',
    { ...KUBERNETES, '/certs/key': [LINK | 0o777, WWW, '/etc/tls/key'] },
    '/certs/key',
    '/certs',
  ],
  [
    'a directory of the user behind a link',
    { ...CERTBOT, '/etc/tls/archive': [DIRECTORY | 0o755, WWW] },
    '/etc/tls/live/key',
    '/etc/tls/archive',
  ],
  ['a link to itself', CERTBOT, '/round', '/round'],
] as const satisfies readonly (readonly [string, Entries, string, string | undefined])[])
  test(`${what}: ${place === undefined ? 'the user can change nothing' : `${place} can be changed`}`, () => {
    assert.equal(judge(entries, path), place)
  })

test('a file that is not there: the error of the system', () => {
  assert.throws(() => judge(SAFE, '/etc/tls/none'), { code: 'ENOENT' })
})
