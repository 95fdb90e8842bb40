// docs/windows.md says of each file below test/process what is tested of it on Windows, or why nothing is.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../support/root.ts'

test('each file of tests of whole servers has a place in the table of docs/windows.md, and each name there has files', () => {
  const page = readFileSync(join(ROOT, 'docs', 'windows.md'), 'utf8').split('\n## Tests\n')[1] ?? ''
  const names = [...page.matchAll(/`([\w.*-]+)`/g)].map(([, name = '']) => name)
  const patterns = names.map(name => new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`))
  const files = readdirSync(join(ROOT, 'test', 'process'))
    .map(name => name.replace(/\.test\.ts$/, ''))
    .filter(name => !name.includes('.ts') && !name.startsWith('windows'))
  assert.deepEqual(
    files.filter(name => name !== 'docs-pages' && !patterns.some(pattern => pattern.test(name))),
    [],
  )
  const unused = patterns.filter(pattern => !files.some(name => pattern.test(name)))
  assert.deepEqual(
    unused.map(String).filter(text => !/windows|STARLIGHT/.test(text)),
    [],
  )
})
