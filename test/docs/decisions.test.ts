import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../support/root.ts'

test('each decision in docs/adr has a number of its own, in its name and in its title', () => {
  const folder = join(ROOT, 'docs', 'adr')
  const numbers = readdirSync(folder).map(name => {
    const [, number = ''] = /^(\d{4})-[a-z0-9-]+\.md$/.exec(name) ?? []
    const [, title = ''] = /^# (\d+)\. /.exec(readFileSync(join(folder, name), 'utf8')) ?? []
    assert.equal(Number(title), Number(number), name)
    return Number(number)
  })
  assert.deepEqual(
    numbers.sort((one, other) => one - other),
    numbers.map((_, i) => i + 1),
  )
})
