// What the docs list is what the code has, and what they link to is there.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { FAULTS } from '../../src/http1/faults.ts'
import { PLAIN, WITH_ARGUMENT } from '../../src/log/access-directives.ts'
import { listenToSignals } from '../../src/supervisor/system/signals.ts'
import { ROOT } from '../support/root.ts'

const PAGES = [ROOT, join(ROOT, 'docs'), join(ROOT, 'docs', 'adr')].flatMap(folder =>
  readdirSync(folder)
    .filter(name => name.endsWith('.md'))
    .map(name => join(folder, name)),
)

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
}

/** First cells of the tables of a page. */
function firstCells(page: string): string[] {
  return [...textOf(page).matchAll(/^\| ([^|]+) \|/gm)].map(([, cell]) => cell!)
}

test('docs/operation.md has every metric', () => {
  const source = textOf('src/supervisor/admin/prometheus.ts')
  const names = [...source.matchAll(/'(?:starlight_)?([a-z_]+)',\s+'(?:counter|gauge|histogram)'/g)].map(
    ([, name]) => `starlight_${name}`,
  )
  assert.ok(names.length > 20, `${names.length} metrics`)
  const page = textOf('docs/operation.md')
  assert.deepEqual(
    names.filter(name => !page.includes(name)),
    [],
  )
})

test('docs/http.md has every fault with its status, and no other', () => {
  const rows = [...textOf('docs/http.md').matchAll(/^\| `([\w-]+)` \| (\d{3}) \|/gm)]
  const table = Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]))
  assert.deepEqual(table, { ...FAULTS })
})

test('docs/logs.md has every directive of the access log', () => {
  const cells = firstCells('docs/logs.md').join(' ')
  const documented = new Set(
    [...cells.matchAll(/`%(?:\{[A-Z]+\})?([^`]+)`/g)].map(([directive]) => directive.slice(1, -1)),
  )
  const plain = Object.keys(PLAIN).map(letter => `%${letter}`)
  const withArgument = Object.keys(WITH_ARGUMENT).map(letter => `}${letter}`)
  assert.deepEqual(
    plain.filter(directive => !documented.has(directive)),
    [],
  )
  assert.deepEqual(
    withArgument.filter(end => ![...documented].some(directive => directive.endsWith(end))),
    [],
  )
  assert.equal(documented.size, plain.length + withArgument.length)
})

test('docs/signals.md has every signal that the master listens to', () => {
  const names = Object.keys(constants.signals) as NodeJS.Signals[]
  // The test runner of some Node lines listens to signals too.
  const before = names.map(name => process.listenerCount(name))
  const forget = listenToSignals(() => undefined)
  const signals = names.filter((name, i) => process.listenerCount(name) > before[i]!)
  forget()
  const documented = firstCells('docs/signals.md').flatMap(cell => cell.match(/SIG\w+/g) ?? [])
  assert.deepEqual(documented.sort(), signals.sort())
})

test('ARCHITECTURE.md names files that exist', () => {
  const names = [...textOf('ARCHITECTURE.md').matchAll(/`((?:[\w-]+\/)*[\w-]+\.(?:ts|mjs))`/g)].map(([, name]) => name!)
  const places = ['', 'src', 'src/supervisor']
  const missing = names.filter(name => !places.some(place => existsSync(join(ROOT, place, name))))
  assert.ok(names.length > 30)
  assert.deepEqual(missing, [])
})

test('SECURITY.md names tests and scripts that exist, at least one for each promise', () => {
  const rows = textOf('SECURITY.md').match(/^\| .* \|$/gm) ?? []
  const promises = rows.filter(row => !/^\| (promise|---) /.test(row))
  const named = promises.map(row => row.match(/`(?:test|scripts)\/[^`]+`/g)?.map(name => name.slice(1, -1)) ?? [])
  assert.ok(promises.length > 20)
  assert.deepEqual(
    promises.filter((_, i) => named[i]!.length === 0),
    [],
  )
  assert.deepEqual(
    named.flat().filter(name => !existsSync(join(ROOT, name))),
    [],
  )
})

for (const page of PAGES) {
  test(`${page.slice(ROOT.length + 1)} links to files that exist`, () => {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link]) => link!)
    const own = links.filter(link => !/^[a-z]+:/.test(link))
    assert.deepEqual(
      own.filter(link => !existsSync(join(dirname(page), link))),
      [],
    )
  })
}
