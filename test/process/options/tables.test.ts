import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../../support/root.ts'

for (const file of readdirSync(join(ROOT, 'src', 'config', 'options'))) {
  test(`the effects of src/config/options/${file} are tested here`, () => {
    const place = join(ROOT, 'test', 'process', 'options', file.replace(/\.ts$/, '.test.ts'))
    assert.ok(existsSync(place), `${place} is needed: CONTRIBUTING.md, "An option"`)
    const [, table = 'a table'] =
      /export const (\w+_OPTIONS)/.exec(readFileSync(join(ROOT, 'src', 'config', 'options', file), 'utf8')) ?? []
    assert.match(readFileSync(place, 'utf8'), new RegExp(`^effectsOf\\(${table}, `, 'm'))
  })
}
