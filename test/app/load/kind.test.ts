import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { Script } from 'node:vm'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { type AppKind, detectKind, guessOf } from '../../../src/app/load/kind.ts'

class WithFetch {
  fetch(): Response {
    return new Response()
  }
}

class ClassWithFetch {
  readonly member = 1

  static fetch(): Response {
    return new Response()
  }
}

function compiledClass(): unknown {
  function App(): void {}
  Object.assign(App.prototype, { handle() {} })
  return App
}

// The sources of these functions are what is looked at: their parameter names matter.
const CASES: readonly (readonly [title: string, value: unknown, kind: AppKind | undefined, name?: string])[] = [
  ['a function with env', (env: object) => [200, [], [env]], 'psgi'],
  ['a function with one parameter of any name', (e: object) => [200, [], [e]], 'psgi'],
  ['a function without parameters', () => [200, [], []], 'psgi'],
  ['a function without parameters that mentions Response', () => new Response(), 'fetch'],
  ['an async function with env', async (env: object) => [200, [], [env]], 'psgi'],
  ['a function that takes PSGI keys apart', ({ PATH_INFO }: { PATH_INFO: string }) => [200, [], [PATH_INFO]], 'psgi'],
  ['a function with a default', (env: object = { a: ')' }) => [200, [], [env]], 'psgi'],
  ['a function with request', (request: Request) => new Response(request.body), 'fetch'],
  ['a function with req', (req: Request) => new Response(req.body), 'fetch'],
  ['a bare arrow function with req', new Script('async req => req').runInThisContext(), 'fetch'],
  ['a named function with an unused request', function app(_request: unknown) {}, 'fetch'],
  ['a function that takes a request apart', ({ url }: Request) => new Response(url), 'fetch'],
  ['a function with request and env', (request: Request, env: unknown) => [request, env], 'fetch'],
  ['a function with a pattern and info', ({ url }: Request, info: unknown) => [url, info], 'fetch'],
  ['any function exported as fetch', (env: object) => env, 'fetch', 'fetch'],
  ['a function with req and res', (req: unknown, res: unknown) => [req, res], 'node'],
  ['a function with request and response', (request: unknown, response: unknown) => [request, response], 'node'],
  ['a function with three parameters', (req: unknown, res: unknown, next: unknown) => [req, res, next], 'node'],
  ['an object with fetch', { fetch: () => new Response(), port: 3000 }, 'fetch'],
  ['an instance of a class with fetch', new WithFetch(), 'fetch'],
  ['a Hono app', new Hono(), 'fetch'],
  ['an Express app', express(), 'node'],
  ['an Express router', express.Router(), 'node'],
  ['a Koa app', new Koa(), 'node'],
  ['a Koa callback', new Koa().callback(), 'node'],
  ['a Fastify app', fastify(), 'node'],
  ['an http.Server', createServer(), 'node'],
  ['an object with handler', { handler: (req: unknown, res: unknown) => [req, res] }, 'node'],
  [
    'an h3 handler, which is a function with a fetch method',
    Object.assign(() => 1, { fetch: () => new Response() }),
    'fetch',
  ],
  ['a class with a static fetch', ClassWithFetch, 'fetch'],
  ['a class', WithFetch, undefined],
  ['a class of a compiler', compiledClass(), undefined],
  ['a text', 'app', undefined],
  ['null', null, undefined],
  ['an object without any', { port: 3000 }, undefined],
]

for (const [title, value, kind, name = 'default'] of CASES) {
  test(`kind of ${title} is ${kind ?? 'none'}`, () => {
    assert.equal(detectKind(value, name, undefined)?.kind, kind)
  })
}

/** Functions as they are written or compiled, which the types of the tests cannot say. */
const SOURCES: readonly (readonly [title: string, source: string, kind: AppKind | undefined])[] = [
  // What wrappers and compilers make of (req, res).
  ["Astro's middleware", '(async (...args) => { const [req, res, next, locals] = args; return next() })', 'node'],
  ["esbuild's async (req, res)", '((..._0) => a(void 0, [..._0], function* (req, res) { yield 1 }))', 'node'],
  ["esbuild's async (request)", '((_0) => a(void 0, [_0], function* (request) { yield 1 }))', 'fetch'],
  ["esbuild's async (env)", '((_0) => a(void 0, [_0], function* (env) { yield 1 }))', 'psgi'],
  ["Babel's async function of two", '(function handler(_x, _x2) { return a.apply(this, arguments) })', 'node'],
  ['rest parameters that a response is written from', '((...all) => all[1].setHeader("a", "b"))', 'node'],
  ['rest parameters that are fetched', '((...args) => app.fetch(...args))', 'fetch'],
  ['rest parameters with psgi names', '((...all) => all[0]["psgi.input"])', 'psgi'],
  ['rest parameters alone', '((...args) => app(...args))', undefined],
  ['rest parameters behind a request', '((request, ...rest) => app(request, ...rest))', 'fetch'],
  ['arguments', '(function () { return app.apply(this, arguments) })', undefined],
  ["Babel's async function of one", '(function handler(_x) { return a.apply(this, arguments) })', undefined],
  ['a bound function of one', '((request) => 1).bind(null)', undefined],
  ['a bound function of two', '((a, b) => 1).bind(null)', 'node'],
  ['a bound fetch', '({ fetch(a) {} }).fetch.bind(null)', 'fetch'],
  ['a proxy of a function of one', 'new Proxy(env => 1, {})', undefined],
  ['a proxy of an object with fetch', 'new Proxy({ fetch() {} }, {})', 'fetch'],
  // Names that stand behind others.
  ['a default for the response', '((req, res = {}) => res)', 'node'],
  ['a default for the request', '((req = {}, res) => res)', 'node'],
  ['a default with brackets in a text', '((env = ")") => env)', 'psgi'],
  ['a default with a comma in a text', '((env = "a, b") => env)', 'psgi'],
  ['a default that is a function', '((request = (a, b) => a) => request)', 'fetch'],
  ['a comment among the parameters', '((request /* a, b) */) => request)', 'fetch'],
  ['a comment before the parameters', '(async /* (x) */ (request) => request)', 'fetch'],
  ['a method with a computed name', '({ ["a(b"](request) {} })["a(b"]', 'fetch'],
  ['an async method', '({ async app(req, res) {} }).app', 'node'],
  ['a generator', '(function* (env) { yield 1 })', 'psgi'],
  // Second parameters of runtimes.
  ["React Router's request handler", '(async function requestHandler(request, initialContext) {})', 'fetch'],
  ['a request and bindings', '((request, bindings) => 1)', 'fetch'],
  ['a request and a platform', '((request, platform) => 1)', 'fetch'],
  ["h3's node handler", '((nodeReq, nodeRes) => 1)', 'node'],
  ["Fastify's names", '((request, reply) => 1)', 'node'],
  ['a next behind', '((a, b, next) => next())', 'node'],
  ['two letters that make a Response', '((e, t) => new Response(t))', 'fetch'],
  ['two letters that write', '((e, t) => { t.statusCode = 200; t.end(String(new Response())) })', 'node'],
  // One parameter that says nothing.
  ['one letter that makes a Response', '(e => new Response(e))', 'fetch'],
  ['one letter whose url is read', '(e => { const u = new URL(e.url); return handle(u) })', 'fetch'],
  ['one letter with psgi names', '(e => [200, [], [e["psgi.url_scheme"]]])', 'psgi'],
  ['an env that fetches', '(async env => { const r = new Response(); return [200, [], [await r.text()]] })', 'psgi'],
  ['a Response in a comment only', '(e => { /* new Response */ return [200, [], []] })', 'psgi'],
  ['parts of a request in any order', '(({ cf, method }) => 1)', 'fetch'],
  // What is no application of ours.
  ['an AWS Lambda', '(async (event, context) => ({ statusCode: 200 }))', undefined],
  ['a function of an event', '(event => "hello")', undefined],
]
for (const [title, source, kind] of SOURCES) {
  test(`kind of a function with ${title} is ${kind ?? 'none'}`, () => {
    assert.equal(detectKind(new Script(source).runInThisContext(), 'default', undefined)?.kind, kind)
  })
}

test('what is made by version 1 of h3 is refused with the two functions that help', () => {
  const handler = Object.assign(() => 1, { __is_handler__: true })
  for (const app of [handler, { use() {}, handler, stack: [] }]) {
    assert.match(
      detectKind(app, 'default', undefined)?.because ?? '',
      /h3 version 1, toNodeListener\(app\) or toWebHandler/,
    )
  }
  assert.equal(detectKind({ handler }, 'default', 'node')?.kind, undefined)
  assert.equal(detectKind(handler, 'default', 'fetch')?.kind, 'fetch')
})

test('a requested kind is given to a function that hides its parameters', () => {
  assert.equal(detectKind((...all: unknown[]) => all, 'default', 'psgi')?.kind, 'psgi')
})

test('the frameworks are known by what is theirs alone', () => {
  const reasons = [express(), express.Router(), new Koa(), fastify(), createServer()].map(
    app => detectKind(app, 'default', undefined)?.because,
  )
  const expected = [/Express/, /Connect/, /Koa/, /Fastify/, /http\.Server/]
  for (const [at, reason] of reasons.entries()) assert.match(reason ?? '', expected[at] as RegExp)
})

test('a requested kind wins over the shape, and is no guess', () => {
  const verdict = detectKind((request: unknown) => request, 'default', 'psgi')
  assert.deepEqual(verdict, { kind: 'psgi', because: '--interface=psgi says so', isGuess: false })
})

test('a request does not make an application of what can be none', () => {
  assert.equal(detectKind({ port: 3000 }, 'default', 'fetch'), undefined)
})

test('a guess says what it was guessed from', () => {
  const guessed = (value: unknown): string | undefined => {
    const verdict = detectKind(value, 'default', undefined)
    return verdict?.kind === undefined ? undefined : guessOf(verdict)
  }
  assert.equal(
    guessed((request: unknown) => request),
    'a fetch application because its parameter is named request',
  )
  assert.equal(
    guessed((env: unknown) => env),
    'a PSGI application because its parameter is named env',
  )
  assert.equal(guessed(new Hono()), undefined)
  assert.equal(
    guessed((req: unknown, res: unknown) => [req, res]),
    undefined,
  )
})
