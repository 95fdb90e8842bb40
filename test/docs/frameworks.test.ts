// docs/frameworks.md is made by a suite that takes minutes; here, that it says what the last runs of it have found.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { ROOT } from '../support/root.ts'

const load = (file: string) => import(pathToFileURL(join(ROOT, 'ecosystem', file)).href)

test('the page of frameworks is what the results make, and each framework has one', async () => {
  const page = readFileSync(join(ROOT, 'docs', 'frameworks.md'), 'utf8')
  const { pageOfResults } = (await load('page.mjs')) as { pageOfResults(): string }
  const { FRAMEWORKS } = (await load('frameworks.mjs')) as { FRAMEWORKS: readonly { readonly name: string }[] }
  assert.equal(page, pageOfResults())
  const rows = page.split('\n').filter(line => /^\| \[.* of \d+, Node/.test(line))
  assert.equal(rows.length, FRAMEWORKS.length)
  for (const row of rows) assert.match(row, /\| (\d+) of \1, Node/)
})
