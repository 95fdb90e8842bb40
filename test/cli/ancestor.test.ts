// docs/ancestor.md makes promises: every option of the ancestor is in it, and every test that it names exists.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROWS } from '../../src/config/options.ts'
import { ROOT } from '../support/root.ts'

const page = readFileSync(join(ROOT, 'docs', 'ancestor.md'), 'utf8')
const [, options = '', defects = ''] = page.split(/^## (?:Every option|Defects).*$/m)
/** Accepted nowhere: the page says that they are errors. */
const REFUSED = ['err-respawn-interval']

test('every option that the page calls accepted is in the table', () => {
  const names = new Set(Object.values(ROWS).flatMap(row => [row.flag, ...(row.aliases ?? [])]))
  const named = [...options.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`--([\w-]+)`/g)])
  assert.ok(named.length > 35)
  for (const [, name = ''] of named) assert.equal(names.has(name), !REFUSED.includes(name), name)
})

for (const [, defect = '', file = '', title] of defects.matchAll(/^\| (.+?) \| `(test\/\S+)`(?:: (.+?))? \|$/gm)) {
  test(`the defect "${defect}" is held by the test that the page names`, () => {
    assert.ok(existsSync(join(ROOT, file)), file)
    if (title !== undefined) assert.ok(readFileSync(join(ROOT, file), 'utf8').includes(title), `${file}: ${title}`)
  })
}

test('the page names a test for each defect', () => assert.equal(defects.match(/^\| .+ \| `test\//gm)?.length, 20))
