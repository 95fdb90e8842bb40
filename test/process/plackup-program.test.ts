// `plackup -s Starlight` in a program that has sockets, children and files of its own; and with several processes of Node.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runPerlTest, PLACKUP_SKIP as skip } from './plackup-support.ts'

for (const name of ['program.t', 'fronts.t']) {
  test(`${name} passes`, { skip }, async () => {
    const { code, tap } = await runPerlTest(name)
    assert.equal(code, 0, tap)
    assert.doesNotMatch(tap, /^\s*not ok/m)
  })
}
