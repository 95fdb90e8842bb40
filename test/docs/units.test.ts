// The units of docs/systemd: what they have in common, and that the page shows the one that it names.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../support/root.ts'

const text = (name: string): string => readFileSync(join(ROOT, 'docs', name), 'utf8')

test('docs/deployment.md shows shop.service as it is', () => {
  assert.ok(text('deployment.md').includes(`\`\`\`ini\n${text('systemd/shop.service')}\`\`\``))
})

test('the unit for systemd before 253 differs in how it reloads, and in nothing else', () => {
  const lines = (name: string): string[] =>
    text(`systemd/${name}`)
      .split('\n')
      .filter(line => !line.startsWith('#'))
  const [newer, older] = [lines('shop.service'), lines('shop-252.service')]
  assert.deepEqual(
    newer.filter(line => !older.includes(line)),
    ['Type=notify-reload'],
  )
  assert.deepEqual(
    older.filter(line => !newer.includes(line)),
    ['Type=notify', 'ExecReload=/bin/kill -HUP $MAINPID'],
  )
})
