import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FETCH_OPTIONS } from '../../src/cli/fetch-options.ts'
import { optionsPage } from '../../src/cli/options-page.ts'
import { variableOf } from '../../src/config/option.ts'
import { ROWS } from '../../src/config/options.ts'
import { OUTSIDE_FILE } from '../../src/config/sources/file.ts'

const page = optionsPage(ROWS, FETCH_OPTIONS)

/** Text of the section of an option, in one line. */
function sectionOf(flag: string): string {
  const start = page.indexOf(`\n### --${flag}\n`)
  assert.notEqual(start, -1, flag)
  const end = page.slice(start + 4).search(/\n##/)
  return page.slice(start, end < 0 ? undefined : start + 4 + end).replace(/\s+/g, ' ')
}

test('every option has a section with its variable and its key in the config file', () => {
  for (const [key, row] of Object.entries(ROWS)) {
    const section = sectionOf(row.flag)
    assert.ok(section.includes(`${row.summary}.`), row.flag)
    assert.equal(section.includes(`\`${variableOf(row)}\``), row.commandLineOnly !== true, row.flag)
    if (row.commandLineOnly !== true && !OUTSIDE_FILE.has(key)) assert.ok(section.includes(` · \`${key}\``), row.flag)
  }
})

test('aliases and the default are in the first line of the section', () => {
  const heading =
    '`--workers=N` · `-w` · `--max-workers` · `STARLIGHT_WORKERS` · `workers` · default: the CPUs that this process may use'
  assert.ok(sectionOf('workers').includes(heading))
})

test('the options of fetch come last and have no variables', () => {
  assert.match(page, /\n## starlight fetch \[options\] \/path \[app\]\n/)
  assert.doesNotMatch(sectionOf('method'), /STARLIGHT_/)
})
