import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { findTarget } from '../../../src/app/load/target.ts'
import { ConfigError } from '../../../src/config/errors.ts'
import { appDirectory } from './app-directory.ts'

function found(files: readonly string[], app?: string): unknown {
  const cwd = appDirectory(Object.fromEntries(files.map(file => [file, '{}'])))
  const target = findTarget(app, cwd)
  return 'file' in target ? target.file.slice(cwd.length + 1) : target
}

function refused(files: Readonly<Record<string, string>>, app: string | undefined, reason: RegExp): void {
  const cwd = appDirectory(files)
  assert.throws(
    () => findTarget(app, cwd),
    (error: unknown) => error instanceof ConfigError && error.exitCode === 4 && reason.test(error.message),
  )
}

test('without a name the first default file is taken', () => {
  assert.equal(found(['app.mjs', 'app.js', 'app.cjs', 'app.mts', 'app.cts', 'app.ts']), 'app.ts')
  assert.equal(found(['app.mjs', 'app.cjs', 'app.js']), 'app.js')
})

test('without a name and without a default file the names are listed', () => {
  refused({ 'main.ts': '' }, undefined, /none is named .* has none of app\.psgi, app\.ts, .*app\.cjs/)
})

test('a relative path means the working directory, an absolute one itself', () => {
  assert.equal(found(['lib/x.ts'], 'lib/x.ts'), 'lib/x.ts')
  assert.equal(found(['lib/x.ts'], './lib/x.ts'), 'lib/x.ts')
  const cwd = appDirectory({ 'x.ts': '' })
  assert.deepEqual(findTarget(join(cwd, 'x.ts'), '/'), { file: join(cwd, 'x.ts') })
})

test('a Perl application is refused in a sentence that says why, also as default', () => {
  refused({ 'app.psgi': '' }, undefined, /app\.psgi" is a Perl application, --interface=perl is needed/)
  refused({ 'x.psgi': '' }, 'x.psgi', /Perl/)
})

test('a file of another type is refused with the types that are accepted', () => {
  refused({ 'x.py': '' }, 'x.py', /ends in "\.py", one of \.ts, /)
})

test('a missing file is refused with the path that was looked for', () => {
  refused({}, './x.ts', /"\.\/x\.ts" is not there \(looked for \/.*x\.ts\)/)
  refused({}, 'x.ts', /"x\.ts" is not there/)
})

test('a name that is no file is a package', () => {
  assert.deepEqual(found([], 'some-app'), { package: 'some-app' })
  assert.deepEqual(found([], '@scope/app/sub'), { package: '@scope/app/sub' })
})

const DIRECTORIES: readonly (readonly [
  title: string,
  json: string | undefined,
  files: readonly string[],
  entry: string,
])[] = [
  ['exports as text', '{"exports":"./e.js","main":"m.js"}', ['e.js', 'm.js'], 'e.js'],
  [
    'exports with conditions',
    '{"exports":{".":{"types":"./e.d.ts","import":"./e.mjs","default":"./e.cjs"}}}',
    ['e.mjs', 'e.cjs', 'e.d.ts'],
    'e.mjs',
  ],
  [
    'exports with nested conditions',
    '{"exports":{"browser":"./b.js","node":{"require":"./r.cjs","default":"./n.js"}}}',
    ['b.js', 'n.js', 'r.cjs'],
    'n.js',
  ],
  ['main', '{"main":"lib/m.js"}', ['lib/m.js'], 'lib/m.js'],
  ['main without extension', '{"main":"lib/m"}', ['lib/m.ts'], 'lib/m.ts'],
  ['main whose output is not built', '{"main":"m.js"}', ['m.ts'], 'm.ts'],
  ['an index', undefined, ['index.mjs', 'index.js'], 'index.js'],
  ['an app file', '{}', ['app.ts', 'other.ts'], 'app.ts'],
]
for (const [title, json, files, entry] of DIRECTORIES) {
  test(`a directory is entered by ${title}`, () => {
    const texts = Object.fromEntries(files.map(file => [`d/${file}`, '']))
    const cwd = appDirectory(json === undefined ? texts : { ...texts, 'd/package.json': json })
    assert.deepEqual(findTarget('d', cwd), { file: join(cwd, 'd', entry) })
  })
}

test('a directory without an entry is refused with what was looked for', () => {
  refused({ 'd/package.json': '{"main":"x.js"}' }, 'd', /the directory ".*d" has none of x\.js, index\.ts, /)
  refused({ 'd/package.json': '{' }, 'd', /package\.json" cannot be read/)
})
