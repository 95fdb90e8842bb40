import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FetchPlan, planFetch } from '../../src/cli/fetch.ts'
import { mistakeOf } from '../config/resolved.ts'

function planned(...argv: string[]): FetchPlan {
  const plan = planFetch(argv)
  assert.ok(plan !== 'help')
  return plan
}

test('the first bare argument is the path, the second the application', () => {
  const { target, method, commandLine, headers, data, printsHead } = planned('/a?b=c', '/srv/app.ts', '--path=/x')
  assert.deepEqual([target, method, headers, data, printsHead], ['/a?b=c', 'GET', [], undefined, false])
  assert.deepEqual([commandLine.get('app')?.value, commandLine.get('path')?.value], ['/srv/app.ts', '/x'])
})

test('a whole URL is a target, too', () =>
  assert.equal(planned('https://example.org/a').target, 'https://example.org/a'))

test('--data makes it a POST of a form, unless something else is said', () => {
  const form = planned('/', '-d', 'a=b')
  assert.deepEqual(
    [form.method, form.data, form.headers],
    ['POST', 'a=b', [['Content-Type', 'application/x-www-form-urlencoded']]],
  )
  const json = planned(
    '/',
    '--data={\n}',
    '-X',
    'PUT',
    '-H',
    'content-type: application/json',
    '--header=X-A:b:c',
    '-i',
  )
  assert.deepEqual([json.method, json.data, json.printsHead], ['PUT', '{\n}', true])
  assert.deepEqual(json.headers, [
    ['content-type', 'application/json'],
    ['X-A', 'b:c'],
  ])
  assert.deepEqual([planned('/', '--data=').method, planned('/', '--data=').data], ['POST', ''])
})

test('--help is about fetch', () => assert.equal(planFetch(['--help']), 'help'))

for (const [line, message] of [
  ['', 'Cannot fetch: no path is given, one such as /login is needed'],
  ['app.ts /login', 'Cannot fetch "app.ts": it is no path, one such as /login is needed'],
  ['/ -H nonsense', 'Cannot send "nonsense": it is no header field, one such as "Accept: text/html" is needed'],
  ['/ a.ts b.ts', 'Cannot run "b.ts": the application is "a.ts" already, one of them is needed'],
  ['/ --methd=GET', 'Cannot use --methd: there is no such option, the nearest is --method'],
] as const) {
  test(message, () =>
    assert.equal(
      mistakeOf(() => planFetch(line === '' ? [] : line.split(' '))),
      message,
    ),
  )
}
