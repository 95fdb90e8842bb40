import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCachePattern } from '../../../src/config/static-files.ts'
import { cacheControlOf } from '../../../src/server/files/cache-rules.ts'

const HASHED = [
  ...[
    'app-3f2a9c1b.js',
    'main.1a2b3c4d5e6f7a8b9c0d.css',
    'app.3f2a9c1b.js.map',
    'img-3f2a9c1b.min.css',
    'x_00ff00ff.png',
  ],
  ...['index-BwK3nX9a.css', 'index-B_K3-X9a.js', 'chunk-4XZQP2AB.js'],
]
const OTHERS = [
  ...[
    'index.html',
    'app.js',
    'app-settings.js',
    'facade-deadbeef.js',
    'report-20240101.pdf',
    'report-2024-01-01.pdf',
    'a-1.js',
  ],
  ...[
    'my-JavaScri.js',
    'IMG-20240101A.jpg',
    '3f2a9c1b',
    '3f2a9c1b.js',
    'DSC_01234567.jpg',
    'jquery-3.7.1.min.js',
    'a-3f2a9c1.js',
  ],
]
for (const name of HASHED)
  test(`${name} has a hash`, () => assert.match(cacheControlOf(`/assets/${name}`, []), /immutable/))
for (const name of OTHERS) test(`${name} has none`, () => assert.equal(cacheControlOf(`/${name}`, []), 'no-cache'))

const RULES: readonly (readonly [rule: string, path: string, fits: boolean])[] = [
  ['*.html=x', '/a/b.html', true],
  ['*.html=x', '/a/b.htmlx', false],
  ['*.html=x', '/a/bxhtml', false],
  ['a?c=x', '/abc', true],
  ['a?c=x', '/a/c', false],
  ['/assets/**=x', '/assets/a/b.js', true],
  ['/assets/*=x', '/assets/a/b.js', false],
  ['/assets/*=x', '/other/assets/b', false],
  ['**/a.js=x', '/q/a.js', true],
  ['(a+)+=x', '/(a+)+', true],
  ['*=x', '/app-3f2a9c1b.js', true],
  ['*a*a*a*a*a*a*a*a*a*b=x', `/${'a'.repeat(4000)}`, false],
  ['/a/**/b=x', '/a/c/d/b', true],
  ['/a/**/b=x', '/a/b', false],
]
for (const [rule, path, fits] of RULES)
  test(`${rule} ${fits ? 'fits' : 'does not fit'} ${path}`, () => {
    assert.equal(cacheControlOf(path, [parseCachePattern(rule, '--static-cache')]) === 'x', fits)
  })

test('the first rule that fits counts', () => {
  const rules = ['*.js=max-age=1, public', '*=x'].map(text => parseCachePattern(text, ''))
  assert.equal(cacheControlOf('/a.js', rules), 'max-age=1, public')
})
