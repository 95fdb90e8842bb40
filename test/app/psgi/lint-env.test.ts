import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkEnv } from '../../../src/app/psgi/lint-env.ts'
import type { PsgiEnv } from '../../../src/app/psgi/types.ts'
import { startApp } from './try-app.ts'

function goodEnv(): PsgiEnv {
  let seen: PsgiEnv | undefined
  startApp(env => {
    seen = env
    return [200, []]
  })
  assert.ok(seen)
  return seen
}

test('checkEnv lets the env of the server through, and a copy of it', () => {
  checkEnv(goodEnv())
  checkEnv({ ...goodEnv(), 'my.number': 5, HTTP_GONE: undefined })
  checkEnv(Object.create(goodEnv()))
})

const BREAKERS: readonly (readonly [key: string, value: unknown, message: RegExp])[] = [
  ['REQUEST_METHOD', '', /REQUEST_METHOD in the env is the string "", a token is needed/],
  ['REQUEST_METHOD', undefined, /REQUEST_METHOD in the env is undefined/],
  ['SCRIPT_NAME', '/', /"" or a path that begins with "\/" and is not "\/"/],
  ['SCRIPT_NAME', 'app', /SCRIPT_NAME/],
  ['SCRIPT_NAME', undefined, /SCRIPT_NAME/],
  ['PATH_INFO', 'x', /PATH_INFO in the env is the string "x", "" or a path that begins with "\/" is needed/],
  ['PATH_INFO', undefined, /PATH_INFO/],
  ['REQUEST_URI', undefined, /REQUEST_URI/],
  ['QUERY_STRING', undefined, /QUERY_STRING/],
  ['SERVER_NAME', '', /SERVER_NAME/],
  ['SERVER_PORT', 80, /SERVER_PORT in the env is the number 80/],
  ['SERVER_PROTOCOL', 'INCLUDED', /SERVER_PROTOCOL/],
  ['CONTENT_LENGTH', 5, /CONTENT_LENGTH in the env is the number 5, decimal digits, or no such key is needed/],
  ['CONTENT_LENGTH', '-1', /CONTENT_LENGTH/],
  ['HTTP_CONTENT_LENGTH', '5', /HTTP_CONTENT_LENGTH in the env is the string "5", no such key is needed/],
  ['HTTP_CONTENT_TYPE', 'x', /HTTP_CONTENT_TYPE/],
  ['psgi.version', '1.1', /psgi\.version/],
  ['psgi.url_scheme', 'ftp', /psgi\.url_scheme/],
  ['psgi.input', { read() {} }, /psgi\.input/],
  ['psgi.input', null, /psgi\.input/],
  ['psgi.errors', {}, /psgi\.errors/],
  ['psgi.multithread', 0, /psgi\.multithread/],
  ['psgi.multiprocess', undefined, /psgi\.multiprocess/],
  ['psgi.run_once', undefined, /psgi\.run_once/],
  ['psgi.nonblocking', 'yes', /psgi\.nonblocking/],
  ['psgi.streaming', undefined, /psgi\.streaming/],
  ['MY_NUMBER', 5, /MY_NUMBER in the env is the number 5, a string is needed; keys of your own contain a dot/],
  ['user', {}, /user in the env is an Object/],
]

for (const [key, value, message] of BREAKERS) {
  test(`checkEnv refuses ${key} ${JSON.stringify(value)}`, () => {
    assert.throws(() => checkEnv(Object.assign(goodEnv(), { [key]: value })), { name: 'AppError', message })
  })
}

test('checkEnv refuses what is no object', () => {
  assert.throws(() => checkEnv(undefined), { message: 'Cannot pass Lint: the env is undefined, an object is needed' })
})
