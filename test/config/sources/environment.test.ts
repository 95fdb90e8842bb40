import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROWS } from '../../../src/config/options.ts'
import {
  type Environment,
  namedVariables,
  parseEnvironment,
  parseForeignVariables,
  suspiciousVariables,
} from '../../../src/config/sources/environment.ts'
import type { Layer } from '../../../src/config/sources/layer.ts'
import { mistakeOf } from '../resolved.ts'

function plain(layer: Layer): object {
  return Object.fromEntries([...layer].map(([key, { value, from }]) => [key, [value, from]]))
}

test('STARLIGHT_ variables give options, and nothing else does', () => {
  const env = {
    STARLIGHT_WORKERS: '4',
    STARLIGHT_SSL: '0',
    STARLIGHT_KEEPALIVE_TIMEOUT: '2m',
    WORKERS: '9',
    STARLIGHT_ROOT: '/x',
  }
  assert.deepEqual(plain(parseEnvironment(env, ROWS)), {
    workers: [4, 'STARLIGHT_WORKERS'],
    ssl: [false, 'STARLIGHT_SSL'],
    keepaliveTimeout: [120, 'STARLIGHT_KEEPALIVE_TIMEOUT'],
  })
})

test('an empty variable says nothing, except where the empty text is a value', () => {
  const env = { STARLIGHT_USER: '', STARLIGHT_WORKERS: '', STARLIGHT_SERVER_HEADER: '' }
  assert.deepEqual(plain(parseEnvironment(env, ROWS)), { serverHeader: ['', 'STARLIGHT_SERVER_HEADER'] })
})

test('lists stand between commas, or in a JSON array', () => {
  const list = (text: string): unknown => parseEnvironment({ STARLIGHT_LISTEN: text }, ROWS).get('listen')?.value
  assert.deepEqual(list(':80, [::1]:81,/run/a.sock'), [':80', '[::1]:81', '/run/a.sock'])
  assert.deepEqual(list('[::1]:81'), ['[::1]:81'])
  assert.deepEqual(list('["/run/a,b.sock", ":80"]'), ['/run/a,b.sock', ':80'])
  assert.equal(
    mistakeOf(() => list('["a')),
    'Cannot use "[\\"a" for STARLIGHT_LISTEN: items between commas or a JSON array are needed',
  )
})

test('a bad value names the variable', () => {
  const parse = (): Layer => parseEnvironment({ STARLIGHT_WORKERS: 'many' }, ROWS)
  assert.equal(mistakeOf(parse), 'Cannot use "many" for STARLIGHT_WORKERS: a whole number from 0 to 4096 is needed')
})

test('options of one command line are not read from the environment', () => {
  assert.deepEqual(
    plain(parseEnvironment({ STARLIGHT_HELP: '1', STARLIGHT_PRINT_CONFIG: 'json', STARLIGHT_VERSION: '1' }, ROWS)),
    {},
  )
})

test('the address that Kubernetes puts into STARLIGHT_PORT is no port of ours', () => {
  assert.deepEqual(plain(parseEnvironment({ STARLIGHT_PORT: 'tcp://10.0.0.1:80' }, ROWS)), {})
})

test('variables of others are found by the row', () => {
  const env: Environment = { PORT: '8080', PLACK_ENV: 'test', PLACK_QUIET: '1', HOST: 'x' }
  assert.deepEqual(plain(parseForeignVariables(env, ROWS, row => row.fallbackVariable)), {
    port: [8080, 'PORT'],
    quiet: [true, 'PLACK_QUIET'],
  })
  assert.deepEqual(plain(parseForeignVariables(env, ROWS, row => row.overridingVariable)), {
    env: ['test', 'PLACK_ENV'],
  })
  assert.equal(
    mistakeOf(() => parseForeignVariables({ PORT: 'x' }, ROWS, row => row.fallbackVariable)),
    'Cannot use "x" for PORT: a port from 0 to 65535 is needed',
  )
})

test('a misspelt variable is noticed, a foreign one is not', () => {
  assert.deepEqual(
    suspiciousVariables(
      {
        STARLIGHT_WORKRES: '4',
        STARLIGHT_TRANSPORT: 'socket',
        STARLIGHT_SERVICE_ACCOUNT: 'x',
        STARLIGHT_PORT: '80',
        HOME: '/',
      },
      ROWS,
    ),
    ['STARLIGHT_WORKRES is no option and is ignored, the nearest is STARLIGHT_WORKERS'],
  )
})

test('names are asked for in upper case where case has no meaning', () => {
  const variables = { Starlight_Workers: '3', Path: 'C:\\Windows' }
  assert.deepEqual(namedVariables(variables, false), { STARLIGHT_WORKERS: '3', PATH: 'C:\\Windows' })
  assert.deepEqual(namedVariables(variables, true), variables)
})
