import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import type { PsgiEnv } from '../../../src/app/psgi/types.ts'
import { startApp } from './try-app.ts'

let made = 0
/** Lines of so many fields whose names have never been there. */
function newFields(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `X-Late-${made++}: ${i}`)
}

/** What `look` gives for the env of a request with 80 new names around `lines`. */
function seenBy<T>(look: (env: Record<string, unknown>) => T, ...lines: string[]): T {
  let seen: T | undefined
  const all = ['GET /p HTTP/1.1', 'Host: app.example', ...newFields(50), ...lines, ...newFields(30), '', '']
  startApp(env => {
    seen = look(env as PsgiEnv & Record<string, unknown>)
    return [200, [], '']
  }, all.join('\r\n'))
  return seen as T
}

const COOKIES = ['Cookie: a=1', 'Accept: x', 'cookie: b=2', 'ACCEPT: y', 'Content-Type: text/x', 'A_B: no', 'Proxy: no']

test('an env of new names gives each field by its key, joined, and none that has no key', () => {
  const keys = [
    'HTTP_COOKIE',
    'HTTP_ACCEPT',
    'CONTENT_TYPE',
    'HTTP_CONTENT_TYPE',
    'HTTP_A_B',
    'HTTP_PROXY',
    'HTTP_HOST',
  ]
  const wanted = ['a=1; b=2', 'x, y', 'text/x', undefined, undefined, undefined, 'app.example']
  assert.deepEqual(
    seenBy(env => keys.map(key => env[key]), ...COOKIES),
    wanted,
  )
  assert.deepEqual(
    seenBy(env => keys.map(key => key in env), ...COOKIES),
    wanted.map(value => value !== undefined),
  )
  assert.deepEqual(
    seenBy(env => keys.map(key => Object.create(env)[key]), ...COOKIES),
    wanted,
  )
})

test('an env of new names is listed and copied with all of them, in their order', () => {
  for (const keysOf of [
    Object.keys,
    (env: object) => Object.keys({ ...env }),
    (env: object) => {
      const keys: string[] = []
      for (const key in env) if (Object.hasOwn(env, key)) keys.push(key)
      return keys
    },
  ]) {
    const keys = seenBy(keysOf, ...COOKIES)
    assert.equal(keys.filter(key => key.startsWith('HTTP_X_LATE_')).length, 80)
    assert.ok(keys.includes('HTTP_COOKIE') && keys.includes('PATH_INFO') && !keys.includes('HTTP_PROXY'))
  }
  assert.equal(
    seenBy(env => ({ ...env })['HTTP_COOKIE'], ...COOKIES),
    'a=1; b=2',
  )
  assert.match(
    seenBy(env => inspect(env)),
    /HTTP_X_LATE_/,
  )
})

test('an env of new names keeps what the application sets and deletes', () => {
  const result = seenBy(
    env => {
      env['HTTP_ACCEPT'] = 'mine'
      env['HTTP_X_OWN'] = 'own'
      env['my.key'] = 1
      delete env['HTTP_COOKIE']
      return [
        env['HTTP_ACCEPT'],
        env['HTTP_X_OWN'],
        env['my.key'],
        env['HTTP_COOKIE'],
        'HTTP_COOKIE' in env,
        { ...env },
      ]
    },
    ...COOKIES,
  )
  const copy = result.pop() as Record<string, unknown>
  assert.deepEqual(result, ['mine', 'own', 1, undefined, false])
  assert.equal(copy['HTTP_ACCEPT'], 'mine')
  assert.equal('HTTP_COOKIE' in copy, false)
  assert.equal(Object.keys(copy).filter(key => key.startsWith('HTTP_X_LATE_')).length, 80)
})
