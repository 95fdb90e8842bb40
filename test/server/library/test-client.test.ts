import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import type { PsgiAnswer, PsgiApp, PsgiEnv } from '../../../src/app/psgi/types.ts'
import type { App } from '../../../src/server/library/app-context.ts'
import { createHandler } from '../../../src/server/library/test-client.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

function hono(): Hono {
  return new Hono().all('/*', async c => c.text(`${c.req.method} ${c.req.path} ${await c.req.text()}`, 201))
}

async function echoFastify(): Promise<ReturnType<typeof fastify>> {
  const app = fastify()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.all('/*', (request, reply) => reply.code(201).send(`${request.method} ${request.url} ${request.body ?? ''}`))
  return app
}

async function listener(req: IncomingMessage, res: ServerResponse): Promise<void> {
  res.statusCode = 201
  res.end(`${req.method} ${req.url} ${await text(req)}`)
}

async function text(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function koa(): Koa {
  const app = new Koa()
  app.use(async context => {
    context.status = 201
    context.body = `${context.method} ${context.url} ${await text(context.req)}`
  })
  return app
}

const APPS: Readonly<Record<string, () => Promise<App>>> = {
  PSGI:
    async () =>
    (env: PsgiEnv): PsgiAnswer => [201, [], [`${env.REQUEST_METHOD} ${env.PATH_INFO} ${env['psgi.input'].text()}`]],
  fetch: async () => async (request: Request) =>
    new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`, { status: 201 }),
  Hono: async () => hono(),
  node: async () => listener,
  Express: async () => express().use(listener),
  Koa: async () => koa(),
  Fastify: async () => await echoFastify(),
}

for (const [kind, make] of Object.entries(APPS)) {
  test(`the client asks a ${kind} application with and without a body`, async () => {
    await using client = await createHandler(await make(), { log: quiet })
    const plain = await client.fetch('/a')
    assert.equal(plain.status, 201)
    assert.equal((await plain.text()).trim(), 'GET /a')
    const posted = await client.fetch('/b', { method: 'POST', body: 'text' })
    assert.equal(await posted.text(), 'POST /b text')
  })
}

test('the bytes of a request stay those of its sender', async () => {
  const app = async (request: Request): Promise<Response> => {
    // Whoever reads so takes the memory of each piece.
    for await (const piece of request.body ?? []) structuredClone(piece, { transfer: [piece.buffer] })
    return new Response('read')
  }
  await using client = await createHandler({ fetch: app }, { log: quiet })
  const body = new Uint8Array(100_000).fill(7)
  const response = await client.fetch('/', { method: 'POST', body })
  assert.equal(await response.text(), 'read')
  assert.equal(body.length, 100_000)
  assert.ok(body.every(byte => byte === 7))
})

test('an application is loaded by its file name', async () => {
  const directory = temporaryFolder('client')
  writeFileSync(join(directory, 'app.mjs'), 'export default env => [200, [], [env.PATH_INFO]]')
  await using client = await createHandler(undefined, { cwd: directory, log: quiet })
  assert.equal(await (await client.fetch('/x')).text(), '/x')
})

function envOf(names: readonly string[]): PsgiApp {
  return env => [200, [], [names.map(name => String(env[name])).join('|')]]
}

test('the environment is that of a request from this machine', async () => {
  const names = ['REMOTE_ADDR', 'SERVER_NAME', 'SERVER_PORT', 'HTTP_HOST', 'psgi.url_scheme', 'QUERY_STRING']
  await using client = await createHandler(envOf(names), { interface: 'psgi', log: quiet })
  assert.equal(await (await client.fetch('/p?q=1#f')).text(), '127.0.0.1|localhost|80|localhost|http|q=1')
  const secure = await client.fetch(new URL('https://shop.example/p?q=2'))
  assert.equal(await secure.text(), '127.0.0.1|localhost|443|shop.example|https|q=2')
})

test('the path is sent as it is written', async () => {
  await using client = await createHandler(envOf(['REQUEST_URI']), { interface: 'psgi', log: quiet })
  assert.equal(await (await client.fetch('/a/../%62?x=a%20b')).text(), '/a/../%62?x=a%20b')
})

test('fields and the type of a body reach the application', async () => {
  await using client = await createHandler(envOf(['HTTP_X_ONE', 'CONTENT_TYPE', 'CONTENT_LENGTH']), {
    interface: 'psgi',
    log: quiet,
  })
  const body = new URLSearchParams({ a: '1' })
  const sent = await client.fetch('/', { headers: { 'X-One': '1' }, body })
  assert.equal(await sent.text(), '1|application/x-www-form-urlencoded;charset=UTF-8|3')
})

test('a stream is sent in chunks', async () => {
  await using client = await createHandler(
    (env: PsgiEnv): PsgiAnswer => [200, [], [env.HTTP_TRANSFER_ENCODING ?? '', env['psgi.input'].text()]],
    { log: quiet },
  )
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('a'))
      controller.enqueue(new TextEncoder().encode('b'))
      controller.close()
    },
  })
  assert.match(await (await client.fetch('/', { method: 'PUT', body })).text(), /ab$/)
})

test('fields of the answer keep their repeats, statuses without body have none', async () => {
  await using client = await createHandler(() => [204, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'], []], { log: quiet })
  const response = await client.fetch('/')
  assert.deepEqual([response.status, response.body], [204, null])
  assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2'])
  assert.equal(response.headers.get('server'), 'Starlight')
})

test('the limits of the server hold', async () => {
  const never = () => assert.fail('the application must not be called')
  await using client = await createHandler(never, { interface: 'psgi', settings: { bodyBytes: 4 }, log: quiet })
  assert.equal((await client.fetch('/', { body: 'too long' })).status, 413)
})

test('an error of the application is a 500', async () => {
  const client = await createHandler(
    () => {
      throw new Error('no')
    },
    { interface: 'psgi', log: quiet },
  )
  assert.equal((await client.fetch('/')).status, 500)
  await client.close()
})

test('a large answer arrives whole, piece by piece', async () => {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let i = 0; i < 64; i += 1) yield Buffer.alloc(65536, i)
  }
  await using client = await createHandler(() => [200, [], pieces()], { log: quiet })
  const bytes = new Uint8Array(await (await client.fetch('/')).arrayBuffer())
  assert.equal(bytes.length, 64 * 65536)
  assert.equal(bytes.at(-1), 63)
})

test('an answer that is cut rejects its body', async () => {
  async function* pieces(): AsyncGenerator<string> {
    yield 'begin'
    throw new Error('half way')
  }
  await using client = await createHandler(() => [200, [], pieces()], { log: quiet })
  const response = await client.fetch('/')
  await assert.rejects(response.text())
})

test('the application learns that the client has gone', async () => {
  const gone = withResolvers()
  const called = withResolvers()
  const app = (request: Request): Promise<Response> => {
    request.signal.addEventListener('abort', () => gone.resolve())
    called.resolve()
    return new Promise(() => {})
  }
  await using client = await createHandler(app, { log: quiet })
  const controller = new AbortController()
  const asked = client.fetch('/', { signal: controller.signal })
  await called.promise
  controller.abort()
  await assert.rejects(asked, { name: 'AbortError' })
  await gone.promise
})

test('close waits for work behind the answer', async () => {
  let isDone = false
  const app = (env: PsgiEnv): [number, string[], string[]] => {
    env['psgix.cleanup.handlers'].push(async () => {
      await new Promise(resolve => setImmediate(resolve))
      isDone = true
    })
    return [200, [], ['ok']]
  }
  const client = await createHandler(app, { log: quiet })
  await (await client.fetch('/')).text()
  await client.close()
  assert.equal(isDone, true)
})

interface Resolvers {
  readonly promise: Promise<void>
  resolve(): void
}

function withResolvers(): Resolvers {
  let resolve = (): void => {}
  const promise = new Promise<void>(given => {
    resolve = given
  })
  return { promise, resolve }
}

test('createHandler leaves NODE_ENV and PLACK_ENV of its process alone', async () => {
  const before = [process.env['NODE_ENV'], process.env['PLACK_ENV']]
  await using client = await createHandler(hono(), { log: quiet, environment: 'development' })
  assert.equal((await client.fetch('/')).status, 201)
  assert.deepEqual([process.env['NODE_ENV'], process.env['PLACK_ENV']], before)
})

test('an application from a file is told of its start and its end, once', async () => {
  const cwd = temporaryFolder('client')
  const code = `export const told = []
    globalThis.toldToClient = told
    export const startup = async () => { await undefined; told.push('startup') }
    export const shutdown = async () => { await undefined; told.push('shutdown') }
    export const fetch = () => new Response(told.join())`
  writeFileSync(join(cwd, 'app.mjs'), code)
  const client = await createHandler(undefined, { cwd, log: quiet })
  assert.equal(await (await client.fetch('/')).text(), 'startup')
  await client.close()
  await client.close()
  assert.deepEqual(Reflect.get(globalThis, 'toldToClient'), ['startup', 'shutdown'])
})
