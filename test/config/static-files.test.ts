import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCachePattern, parseDirectory, withAbsoluteDirectory } from '../../src/config/static-files.ts'
import { resolved } from './resolved.ts'

for (const [text, prefix, directory] of [
  ['./public', '', './public'],
  ['/srv/public', '', '/srv/public'],
  ['/assets=./public', '/assets', './public'],
  ['/assets/=public', '/assets', 'public'],
  ['/=public', '', 'public'],
  ['/a b/c=x=y', '/a b/c', 'x=y'],
  ['a=b', '', 'a=b'],
] as const)
  test(`${text} is "${directory}" at "${prefix}"`, () => {
    assert.deepEqual(parseDirectory(text, '--static'), { prefix, directory })
  })

for (const text of ['/a=', '/a/../b=x', '/a?b=x', '/a%20b=x', '//a=x', '/.=x'])
  test(`${text} is refused`, () => assert.throws(() => parseDirectory(text, '--static'), /such as \/assets=/))

for (const text of ['*.css', '=x', '*.css=', '*.css=\u00e9', 'a=b\nc'])
  test(`the pattern ${JSON.stringify(text)} is refused`, () =>
    assert.throws(() => parseCachePattern(text, '--static-cache'), /such as \*\.html=no-cache/))

test('directories become absolute, for a server that changes its directory', () => {
  assert.equal(withAbsoluteDirectory('public', '/srv/app'), '/=/srv/app/public')
  assert.deepEqual(resolved(['--static=public', '--static=/a=../b']).config.static, ['/=/srv/app/public', '/a=/srv/b'])
})
