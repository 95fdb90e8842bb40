import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { importModule } from '../../../src/app/load/import-module.ts'

const folder = mkdtempSync(join(tmpdir(), 'starlight-import-'))
after(() => rmSync(folder, { recursive: true }))

for (const [name, text] of [
  ['a.mjs', 'export default { workers: 2 }'],
  ['a.ts', 'const workers: number = 2\nexport default { workers }'],
  ['enum.mts', 'enum Size { two = 2 }\nexport default { workers: Size.two }'],
] as const) {
  test(`a config file ${name} is imported`, async () => {
    writeFileSync(join(folder, name), text)
    assert.deepEqual((await importModule(join(folder, name)))['default'], { workers: 2 })
  })
}
