// `plackup -s Starlight`: Perl is the parent. Its tests are programs in Perl, as those of every Perl server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runPerlTest, PLACKUP_SKIP as skip } from './plackup-support.ts'

for (const name of ['server.t', 'suite.t']) {
  test(`${name} passes`, { skip }, async () => {
    const { code, tap } = await runPerlTest(name)
    assert.equal(code, 0, tap)
    assert.doesNotMatch(tap, /^\s*not ok/m)
    // Plack's suite makes 101 assertions; a suite that has not run passes, too.
    if (name === 'suite.t') assert.ok((tap.match(/^ok \d+/gm)?.length ?? 0) >= 101, tap)
  })
}
