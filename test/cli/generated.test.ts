import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { completionFor, generatedFiles } from '../../src/cli/generated.ts'
import { ROOT } from '../support/root.ts'

for (const [path, content] of Object.entries(generatedFiles())) {
  test(`${path} is fresh and says that it is generated`, () => {
    assert.equal(readFileSync(join(ROOT, path), 'utf8'), content, 'npm run build && node scripts/generate.mjs')
    assert.match(content.split('\n').slice(0, 2).join('\n'), /Generated from the option table/)
  })
}

test('--completion prints what is committed', () => {
  assert.equal(completionFor('bash'), generatedFiles()['completions/starlight.bash'])
  assert.equal(completionFor('zsh'), generatedFiles()['completions/_starlight'])
  assert.equal(completionFor('fish'), generatedFiles()['completions/starlight.fish'])
})
