import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseExport, exportNames } from '../../../src/app/load/exports.ts'

const app = (): void => {}
const other = (): void => {}

const CASES: readonly (readonly [title: string, exports: Record<string, unknown>, name: string | undefined])[] = [
  ['default before all', { default: app, app: other, fetch: other }, 'default'],
  ['app before handler and fetch', { app, handler: other, fetch: other }, 'app'],
  ['handler before fetch', { handler: app, fetch: other }, 'handler'],
  ['fetch last', { fetch: app }, 'fetch'],
  ['compiled CommonJS', { default: { __esModule: true, default: app }, __esModule: true }, 'default'],
  ['a default within a default', { default: { default: { __esModule: true, default: app } } }, 'default'],
  ['a default within a bag', { default: { __esModule: true, default: { app } } }, 'app'],
  ['a bag of exports', { default: { app }, app }, 'app'],
  ['a bag without names', { default: { other } }, undefined],
  ['an empty module', {}, undefined],
  ['a default that is nothing', { default: undefined, app }, 'app'],
]
for (const [title, exports, name] of CASES) {
  test(`chooseExport with ${title}`, () => {
    const chosen = chooseExport(exports)
    const expected = title === 'a bag without names' ? 'default' : name
    assert.equal(chosen?.name, expected)
    if (name !== undefined) assert.equal(chosen?.value, app)
  })
}

test('a default export that is its own default export comes to an end', () => {
  const circle: Record<string, unknown> = {}
  circle['default'] = circle
  assert.equal(chooseExport(circle)?.value, circle)
})

test('an object with fetch is an application and no bag', () => {
  const whole = { fetch: app, app: other }
  assert.equal(chooseExport({ default: whole })?.value, whole)
})

test('an instance of a class is an application and no bag', () => {
  class AppServer {
    app = other
  }
  const site = new AppServer()
  assert.equal(chooseExport({ default: site })?.value, site)
})

test('exportNames leaves out what compilers and Node add', () => {
  assert.deepEqual(exportNames({ default: { __esModule: true, a: 1 }, 'module.exports': {} }), ['a'])
  assert.deepEqual(exportNames({ b: 1, c: 2 }), ['b', 'c'])
})
