import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lint } from '../../../src/app/psgi/lint.ts'
import type { PsgiApp, PsgiEnv } from '../../../src/app/psgi/types.ts'
import { mistakeOf, tryApp } from './try-app.ts'

const BAD_STATUS = [99, [], ['x']] as const

const FORMS: readonly (readonly [form: string, app: PsgiApp])[] = [
  ['a response', () => BAD_STATUS],
  ['a promise of one', async () => BAD_STATUS],
  ['a delayed response', () => respond => void respond(BAD_STATUS)],
  ['a promise of a delayed response', async () => respond => void respond(BAD_STATUS)],
  ['the head for a writer', () => respond => respond([99, []]).close()],
]

for (const [form, app] of FORMS) {
  test(`lint looks at ${form}`, async () => {
    const tried = await tryApp(lint(app))
    assert.equal(tried.exchange.answered?.status, 500)
    assert.equal(
      mistakeOf(tried),
      'Cannot pass Lint: the status is the number 99, a whole number from 200 to 599 is needed',
    )
  })
}

test('lint lets good apps through in all forms', async () => {
  const good: PsgiApp[] = [
    () => [200, ['Content-Type', 'text/plain'], ['ok']],
    async () => [200, { 'Content-Type': 'text/plain' }, 'ok'],
    () => respond => void respond([200, [], ['ok']]),
    () => respond => {
      const writer = respond([200, []])
      writer.write('ok')
      writer.close()
    },
  ]
  for (const app of good) {
    const { exchange, context } = await tryApp(lint(app))
    assert.equal(exchange.bodyText, 'ok')
    assert.deepEqual(context.logged, [])
  }
})

test('lint looks at the env before the app sees it', async () => {
  let calls = 0
  const app = lint(() => {
    calls++
    return [200, []]
  })
  assert.throws(() => app({} as PsgiEnv), {
    name: 'AppError',
    message: /^Cannot pass Lint: REQUEST_METHOD in the env is undefined/,
  })
  assert.equal(calls, 0)
})

test('lint refuses what is no function', () => {
  assert.throws(() => lint({} as PsgiApp), {
    message: 'Cannot use the application: it is an Object, a function is needed',
  })
})
