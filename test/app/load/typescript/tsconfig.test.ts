import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { mappedPaths, tsConfigFor } from '../../../../src/app/load/typescript/tsconfig.ts'
import { appDirectory } from '../app-directory.ts'

function mapped(files: Readonly<Record<string, string>>, specifier: string, below = ''): string[] {
  const cwd = appDirectory(files)
  return mappedPaths(tsConfigFor(join(cwd, below)), specifier).map(path => path.slice(cwd.length + 1))
}

const paths = (entries: object, rest: object = {}): Record<string, string> => ({
  'tsconfig.json': JSON.stringify({ compilerOptions: { paths: entries, ...rest } }),
})

test('a pattern hands its star on to each target in order', () => {
  assert.deepEqual(mapped(paths({ '@/*': ['./a/*', './b/*'] }), '@/x/y'), ['a/x/y', 'b/x/y'])
})

test('an exact pattern wins over a longer star, a longer one over a shorter', () => {
  const entries = { '*': ['./any/*'], 'lib/*': ['./lib/*'], 'lib/one': ['./one'] }
  assert.deepEqual(mapped(paths(entries), 'lib/one'), ['one'])
  assert.deepEqual(mapped(paths(entries), 'lib/two'), ['lib/two'])
  assert.deepEqual(mapped(paths(entries), 'other'), ['any/other'])
})

test('a pattern may end behind its star', () => {
  assert.deepEqual(mapped(paths({ '*.data': ['./data/*'] }), 'x.data'), ['data/x'])
  assert.deepEqual(mapped(paths({ 'aa*aa': ['./*'] }), 'aaa'), [])
})

test('paths are relative to baseUrl, and baseUrl is a last resort itself', () => {
  assert.deepEqual(mapped(paths({ '@/*': ['x/*'] }, { baseUrl: './src' }), '@/a'), ['src/x/a'])
  assert.deepEqual(mapped(paths({ '@/*': ['x/*'] }, { baseUrl: './src' }), 'b'), ['src/b'])
})

test('the nearest file above counts', () => {
  assert.deepEqual(mapped(paths({ '@/*': ['./a/*'] }), '@/x', 'deep/down'), ['a/x'])
})

test('inherited paths stay relative to the file that has them, own ones win', () => {
  const files = {
    'tsconfig.json': '{"extends":"./config/base"}',
    'config/base.json': '{"compilerOptions":{"paths":{"@/*":["./a/*"]}}}',
  }
  assert.deepEqual(mapped(files, '@/x'), ['config/a/x'])
  const own = {
    ...files,
    'tsconfig.json': '{"extends":"./config/base","compilerOptions":{"paths":{"@/*":["./own/*"]}}}',
  }
  assert.deepEqual(mapped(own, '@/x'), ['own/x'])
})

test('a file that extends itself ends', () => {
  assert.deepEqual(mapped({ 'tsconfig.json': '{"extends":"./tsconfig.json"}' }, 'x'), [])
})

test('a file that is no JSON counts as none', () => {
  assert.deepEqual(mapped({ 'tsconfig.json': '{"compilerOptions":' }, 'x'), [])
})

test('comments, commas and URLs in texts are read as tsc reads them', () => {
  const text =
    '{ /* a */ "compilerOptions": { // b\n "paths": { "http://x/*": ["./http://x/*",], }, "jsxImportSource": "a//b", } }'
  const cwd = appDirectory({ 'tsconfig.json': text })
  assert.deepEqual(tsConfigFor(cwd).jsx, { runtime: 'automatic', importSource: 'a//b' })
  assert.equal(tsConfigFor(cwd).paths[0]?.pattern, 'http://x/*')
})
