import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { lifeOf } from '../../../src/app/load/life.ts'

type Bag = Record<PropertyKey, unknown>

/** The names of what is called, in its order. */
function called(make: (step: (name: string) => () => void) => { exports: Bag; app?: unknown }): string[] {
  const names: string[] = []
  const { exports, app = exports['default'] } = make(name => () => void names.push(name))
  const { startup, endings } = lifeOf(exports, app)
  for (const step of [startup, ...endings]) step?.run()
  return names
}

const CASES: Readonly<Record<string, [Parameters<typeof called>[0], string[]]>> = {
  'named exports': [
    step => ({ exports: { default: () => {}, startup: step('start'), shutdown: step('end') } }),
    ['start', 'end'],
  ],
  'shutdown before close': [step => ({ exports: { close: step('close'), shutdown: step('shutdown') } }), ['shutdown']],
  'a named export before a property of the application': [
    step => ({ exports: { close: step('named'), default: { shutdown: step('property') } } }),
    ['named'],
  ],
  'properties of a function': [
    step => ({ exports: { default: Object.assign(() => {}, { startup: step('start'), close: step('end') }) } }),
    ['start', 'end'],
  ],
  'what CommonJS wraps': [step => ({ exports: { default: { default: { shutdown: step('end') } } } }), ['end']],
  'a default export that is a circle': [
    step => {
      const exports: Bag = { shutdown: step('end') }
      exports['default'] = exports
      return { exports }
    },
    ['end'],
  ],
  asyncDispose: [step => ({ exports: { default: { [Symbol.asyncDispose]: step('disposed') } } }), ['disposed']],
  'an application that is no default export': [step => ({ exports: {}, app: { close: step('end') } }), ['end']],
  'Fastify, alone': [step => ({ exports: { default: { routing() {}, close: step('fastify') } } }), ['fastify']],
  'Fastify, behind a shutdown': [
    step => ({ exports: { shutdown: step('end'), default: { routing() {}, close: step('fastify') } } }),
    ['end', 'fastify'],
  ],
  'no close of a server': [step => ({ exports: { startup: step('start'), default: createServer() } }), ['start']],
  'no value that is no function': [() => ({ exports: { shutdown: true, close: {}, default: null } }), []],
}
for (const [what, [make, expected]] of Object.entries(CASES))
  test(`an application is told of start and end by ${what}`, () => assert.deepEqual(called(make), expected))

test('a step has its owner as `this`', () => {
  const app = {
    isClosed: false,
    close() {
      this.isClosed = true
    },
  }
  lifeOf({ default: app }, app).endings[0]?.run()
  assert.equal(app.isClosed, true)
})
