import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FETCH_OPTIONS } from '../../src/cli/fetch-options.ts'
import { fetchHelpText, helpText } from '../../src/cli/help.ts'
import { manPage } from '../../src/cli/man.ts'
import { optionsPage } from '../../src/cli/options-page.ts'
import { ROWS } from '../../src/config/options.ts'

const help = helpText(ROWS)

test('the help fits into 80 columns', () => {
  for (const line of `${help}${fetchHelpText(FETCH_OPTIONS)}`.split('\n')) assert.ok(line.length <= 80, line)
})

test('the help names every option once, under its group', () => {
  for (const row of Object.values(ROWS)) {
    const lines = help
      .split('\n')
      .filter(line => new RegExp(`^  (-.,|   ) --(\\[no-\\])?${row.flag}($|[=[ ])`).test(line))
    assert.equal(lines.length, 1, row.flag)
  }
  assert.match(
    help,
    /\nWorkers\n {2}-w, --workers=N {13}Worker processes; 0 serves in the one process,\n {30}also --max-workers \[the CPUs/,
  )
})

test('every other name of an option stands beside it in the help, the manual and the page of options', () => {
  const aliases = Object.values(ROWS).flatMap(row => row.aliases ?? [])
  assert.ok(aliases.includes('max-workers') && aliases.includes('max-requests'))
  const [page, manual] = [optionsPage(ROWS, FETCH_OPTIONS), manPage(ROWS, FETCH_OPTIONS)]
  for (const alias of aliases) {
    assert.match(help, new RegExp(`also\\s[^[]*?--${alias}(?![\\w-])`), `${alias} in the help`)
    assert.ok(page.includes(`\`--${alias}\``), `${alias} in the page`)
    assert.ok(manual.replaceAll('\\-', '-').includes(`--${alias}`), `${alias} in the manual`)
  }
})

test('the help of fetch has its own options only', () => {
  const text = fetchHelpText(FETCH_OPTIONS)
  assert.match(text, /^Usage: starlight fetch/)
  assert.match(text, / {2}-H, --header=FIELD/)
  assert.doesNotMatch(text, /--workers/)
})
