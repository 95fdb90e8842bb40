import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FETCH_OPTIONS } from '../../src/cli/fetch-options.ts'
import { manPage } from '../../src/cli/man.ts'
import { ROWS } from '../../src/config/options.ts'

const page = manPage(ROWS, FETCH_OPTIONS)
const lines = page.split('\n')

test('the manual says in line one that it is generated', () =>
  assert.match(lines[0] ?? '', /^\.\\" Generated .* Do not edit\.$/))

test('the manual uses only requests that it means', () => {
  const requests = new Set(lines.filter(line => /^[.']/.test(line)).map(line => line.split(' ')[0]))
  assert.deepEqual([...requests].sort(), ['.B', '.IP', '.PP', '.SH', '.SS', '.TH', '.TP', '.\\"', '.br'].sort())
})

test('no text of the manual has a bare hyphen or an unknown escape', () => {
  const texts = lines.slice(lines.indexOf('.SH SYNOPSIS'))
  assert.deepEqual(
    texts.filter(line => /(^|[^\\])-/.test(line)),
    [],
  )
  assert.deepEqual(
    texts.filter(line => /\\(?![-e&]|\(ga|f[IRB])/.test(line)),
    [],
  )
})

test('the manual describes every option and every exit code', () => {
  for (const { flag } of [...Object.values(ROWS), ...Object.values(FETCH_OPTIONS)]) {
    const spelled = flag.replaceAll('-', '\\-')
    assert.ok(
      lines.some(
        line =>
          line.startsWith('.B \\-') &&
          new RegExp(`\\\\-\\\\-(\\[no\\\\-\\])?${spelled.replaceAll('\\', '\\\\')}($|[=,[])`).test(line),
      ),
      flag,
    )
  }
  for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 22]) assert.ok(lines.includes(`.B ${code}`), String(code))
})
