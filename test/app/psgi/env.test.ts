import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import type { AppContext, Peer } from '../../../src/app/handler.ts'
import type { PsgiEnv } from '../../../src/app/psgi/types.ts'
import { fakePeer } from '../../support/fake-exchange.ts'
import { GET, startApp, type Tried } from './try-app.ts'

/** The env that an app is given for `request`. */
function envOf(request: string, changes: Partial<AppContext> = {}, peer?: Peer): PsgiEnv & { tried: Tried } {
  let seen: PsgiEnv | undefined
  const tried = startApp(
    env => {
      seen = env
      return [200, [], '']
    },
    request,
    changes,
    peer,
  )
  assert.ok(seen)
  return Object.assign(seen, { tried })
}

function fields(...lines: string[]): string {
  return ['GET / HTTP/1.1', 'Host: app.example', ...lines, '', ''].join('\r\n')
}

test('the env of a plain request has exactly the keys of PSGI 1.1 and its extensions', () => {
  let keys: Record<string, unknown> = {}
  startApp(env => {
    keys = { ...env }
    return [200, [], '']
  }, 'GET /a%20b?c=%20d HTTP/1.1\r\nHost: app.example:81\r\nAccept: */*\r\n\r\n')
  const { 'psgi.input': input, 'psgi.errors': errors, 'psgix.logger': logger, ...rest } = keys
  assert.equal(typeof rest['psgix.informational'], 'function')
  assert.ok(input && errors && logger)
  delete rest['psgix.informational']
  for (const symbol of Object.getOwnPropertySymbols(rest)) delete rest[symbol as unknown as string]
  assert.deepEqual(rest, {
    REQUEST_METHOD: 'GET',
    SCRIPT_NAME: '',
    PATH_INFO: '/a b',
    REQUEST_URI: '/a%20b?c=%20d',
    QUERY_STRING: 'c=%20d',
    SERVER_NAME: 'app.example',
    SERVER_PORT: '8080',
    SERVER_PROTOCOL: 'HTTP/1.1',
    REMOTE_ADDR: '192.0.2.1',
    REMOTE_PORT: '50000',
    HTTP_HOST: 'app.example:81',
    HTTP_ACCEPT: '*/*',
    'psgi.version': [1, 1],
    'psgi.url_scheme': 'http',
    'psgi.multithread': false,
    'psgi.multiprocess': true,
    'psgi.run_once': false,
    'psgi.nonblocking': true,
    'psgi.streaming': true,
    'psgix.input.buffered': true,
    'psgix.harakiri': true,
    'psgix.harakiri.commit': false,
    'psgix.cleanup': true,
    'psgix.cleanup.handlers': [],
  })
})

test('the env may be changed, and a copy has all keys', () => {
  const env = envOf(GET)
  env.SCRIPT_NAME = '/sub'
  delete env.HTTP_HOST
  const copy = { ...env, 'x.y': 1 }
  assert.equal(copy.SCRIPT_NAME, '/sub')
  assert.equal('HTTP_HOST' in copy, false)
  assert.equal(copy['psgi.streaming'], true)
})

const PATHS: readonly (readonly [
  target: string,
  mount: string,
  scriptName: string,
  pathInfo: string,
  query: string,
])[] = [
  ['/', '', '', '/', ''],
  ['/?', '', '', '/', ''],
  ['/foo/bar%2cbaz', '', '', '/foo/bar,baz', ''],
  ['/foo/bar%252c', '', '', '/foo/bar%2c', ''],
  ['/%E3%81%82', '', '', '/\u00e3\u0081\u0082', ''],
  ['//foo///bar/baz', '', '', '//foo///bar/baz', ''],
  ['/a?b?c', '', '', '/a', 'b?c'],
  ['/app/x?y', '/app', '/app', '/x', 'y'],
  ['/app', '/app', '/app', '', ''],
  ['/app?q', '/app', '/app', '', 'q'],
  ['/caf%C3%A9/x', '/café', '/caf\u00c3\u00a9', '/x', ''],
]

for (const [target, mount, scriptName, pathInfo, query] of PATHS) {
  test(`"${target}" mounted at "${mount}" is SCRIPT_NAME "${scriptName}" and PATH_INFO ${JSON.stringify(pathInfo)}`, () => {
    const env = envOf(`GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`, { mount })
    assert.equal(env.SCRIPT_NAME, scriptName)
    assert.equal(env.PATH_INFO, pathInfo)
    assert.equal(env.QUERY_STRING, query)
    assert.equal(env.REQUEST_URI, target)
  })
}

test('a target in absolute-form gives its path, and its authority as HTTP_HOST (RFC 9112 3.2.2)', () => {
  const env = envOf('GET http://real.example:81/p?q HTTP/1.1\r\nHost: other.example\r\n\r\n')
  assert.equal(env.REQUEST_URI, '/p?q')
  assert.equal(env.PATH_INFO, '/p')
  assert.equal(env.HTTP_HOST, 'real.example:81')
})

test('HTTP/1.0 without Host has no HTTP_HOST', () => {
  const env = envOf('GET / HTTP/1.0\r\n\r\n')
  assert.equal(env.SERVER_PROTOCOL, 'HTTP/1.0')
  assert.equal('HTTP_HOST' in env, false)
})

test('a Unix socket has no REMOTE_ADDR and no REMOTE_PORT', () => {
  const env = envOf(GET, {}, fakePeer({ remoteAddress: undefined, remotePort: undefined }))
  assert.equal('REMOTE_ADDR' in env, false)
  assert.equal('REMOTE_PORT' in env, false)
})

test('an encrypted connection has the scheme https', () => {
  assert.equal(envOf(GET, {}, fakePeer({ isEncrypted: true }))['psgi.url_scheme'], 'https')
})

test('a server of one process says so', () => {
  assert.equal(envOf(GET, { multiprocess: false })['psgi.multiprocess'], false)
})

test('repeated fields are joined with ", ", cookies with "; "', () => {
  const env = envOf(fields('Foo: bar', 'Cookie: a=1', 'FOO: baz', 'cookie: b=2', 'foo: '))
  assert.equal(env.HTTP_FOO, 'bar, baz, ')
  assert.equal(env.HTTP_COOKIE, 'a=1; b=2')
  assert.equal('COOKIE' in env, false)
})

test('the env keys of one request do not depend on the requests before it', () => {
  const lines = [['A: 1', 'B: 2'], ['B: 3'], ['A: 1', 'A: 2'], ['A: 1', 'B: 2'], ['B: 1', 'A: 2', 'B: 3']]
  const seen: unknown[] = []
  let tell: (env: PsgiEnv) => void = () => {}
  const app = (env: PsgiEnv): [number, []] => {
    tell(env)
    return [200, []]
  }
  for (const some of [...lines, ...lines.toReversed()]) {
    tell = env => seen.push([env['HTTP_A'], env['HTTP_B']])
    startApp(app, fields(...some))
  }
  const expected = [
    ['1', '2'],
    [undefined, '3'],
    ['1, 2', undefined],
    ['1', '2'],
    ['2', '1, 3'],
  ]
  assert.deepEqual(seen, [...expected, ...expected.toReversed()])
})

test('a name with an underscore cannot spoof one with a dash', () => {
  const env = envOf(fields('X-Real-IP: 192.0.2.7', 'X_Real_IP: 10.0.0.1', 'X_Real-IP: 10.0.0.2', 'X_Only: 1'))
  assert.equal(env.HTTP_X_REAL_IP, '192.0.2.7')
  assert.equal('HTTP_X_ONLY' in env, false)
})

test('Proxy does not become HTTP_PROXY (CVE-2016-5385)', () => {
  assert.equal('HTTP_PROXY' in envOf(fields('Proxy: http://evil.example')), false)
})

test('HTTP_CONTENT_LENGTH and HTTP_CONTENT_TYPE never exist', () => {
  const env = envOf(fields('Content-Length: 0', 'Content-Type: text/plain', 'Content_Length: 9', 'Content_Type: x'))
  assert.equal(env.CONTENT_LENGTH, '0')
  assert.equal(env.CONTENT_TYPE, 'text/plain')
  assert.equal('HTTP_CONTENT_LENGTH' in env, false)
  assert.equal('HTTP_CONTENT_TYPE' in env, false)
})

test('a request without a body has neither CONTENT_LENGTH nor CONTENT_TYPE', () => {
  const env = envOf(GET)
  assert.equal('CONTENT_LENGTH' in env, false)
  assert.equal('CONTENT_TYPE' in env, false)
})

test('a chunked body has its decoded length and no HTTP_TRANSFER_ENCODING', () => {
  const env = envOf('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n')
  assert.equal(env.CONTENT_LENGTH, '5')
  assert.equal('HTTP_TRANSFER_ENCODING' in env, false)
})

test('field values are byte strings', () => {
  assert.equal(envOf(fields('X-Name: \u00e3\u0081\u0082')).HTTP_X_NAME, '\u00e3\u0081\u0082')
})

test('psgi.errors prints to the error log', () => {
  const env = envOf(GET)
  env['psgi.errors'].print('one ', 2, '\n')
  assert.deepEqual(env.tried.context.logged, [{ level: 'error', message: 'one 2', cause: undefined }])
})

test('psgix.logger writes to the log at its level', () => {
  const env = envOf(GET)
  env['psgix.logger']({ level: 'warn', message: 'careful' })
  env['psgix.logger']({ level: 'fatal', message: 'over' })
  const { logged } = env.tried.context
  assert.deepEqual(
    logged.map(({ level, message }) => [level, message]),
    [
      ['warn', 'careful'],
      ['error', 'over'],
    ],
  )
})

test('psgix.informational sends an interim response ahead of the real one', () => {
  const { exchange } = startApp(env => {
    env['psgix.informational'](103, { Link: '</a.css>; rel=preload' })
    return [200, [], 'ok']
  })
  assert.deepEqual(exchange.informed, [[103, ['Link', '</a.css>; rel=preload']]])
  assert.equal(exchange.answered?.status, 200)
})

test('starlight.signal is aborted when the client leaves', async () => {
  let signal: AbortSignal | undefined
  const { exchange, pending } = startApp(async env => {
    signal = env['starlight.signal']
    await once(signal, 'abort')
    return [200, [], 'late']
  })
  assert.equal(signal?.aborted, false)
  exchange.leave()
  await pending
  assert.equal(signal?.aborted, true)
})

test('psgix.io is the raw socket, with what was read ahead; the answer is not sent', async () => {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  const app = (env: PsgiEnv): [number, []] => {
    assert.equal(env['psgix.io'], socket)
    assert.equal(env['psgix.io'], socket)
    return [200, []]
  }
  const { exchange, context } = startApp(app, `${GET}raw bytes`, {}, fakePeer({ socket }))
  assert.equal(exchange.isTakenOver, true)
  assert.equal(exchange.answered, undefined)
  assert.deepEqual(context.logged, [])
  const [chunk] = await once(socket, 'data')
  assert.equal(String(chunk), 'raw bytes')
})

test('a copy of the env and a look at its keys leave the socket alone, an heir reaches it', () => {
  let heir: PsgiEnv | undefined
  const { exchange } = startApp(env => {
    JSON.stringify({ ...env, ...Object.fromEntries(Object.entries(env)), 'psgix.cleanup.handlers': 0 })
    heir = Object.create(env) as PsgiEnv
    return [200, [], 'ok']
  })
  assert.equal(exchange.isTakenOver, false)
  assert.equal(heir?.['psgix.io'], exchange.peer.socket)
})
