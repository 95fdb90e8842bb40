import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../../support/root.ts'

/** What Perl 5.16 cannot read: slices of pairs, postfix dereference, signatures. */
const NEWER = [/[\s({,]%\$?\w+[{[]/, /->[@%$]\*/, /\bsub\b[^{]*\(\s*[$@%]\w/]

test('the host needs no newer Perl than 5.16', () => {
  const folder = join(ROOT, 'perl')
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.p[lm]$/.test(name)) continue
    const lines = readFileSync(join(folder, name), 'utf8').split('\n')
    for (const [at, line] of lines.entries())
      for (const pattern of NEWER) assert.doesNotMatch(line.replace(/^\s*#.*/, ''), pattern, `${name}:${at + 1}`)
  }
})
