import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { Script } from 'node:vm'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { type AppKind, detectKind } from '../../../src/app/load/kind.ts'

class WithFetch {
  fetch(): Response {
    return new Response()
  }
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
  ['a class', WithFetch, undefined],
  ['a text', 'app', undefined],
  ['null', null, undefined],
  ['an object without any', { port: 3000 }, undefined],
]

for (const [title, value, kind, name = 'default'] of CASES) {
  test(`kind of ${title} is ${kind ?? 'none'}`, () => {
    assert.equal(detectKind(value, name, undefined)?.kind, kind)
  })
}

test('a wished kind wins over the shape, and is no guess', () => {
  const verdict = detectKind((request: unknown) => request, 'default', 'psgi')
  assert.deepEqual(verdict, { kind: 'psgi', because: '--interface=psgi says so', isGuess: false })
})

test('a wish does not make an application of what can be none', () => {
  assert.equal(detectKind({ port: 3000 }, 'default', 'fetch'), undefined)
})

test('a guess says what it was guessed from', () => {
  assert.equal(
    detectKind((request: unknown) => request, 'default', undefined)?.because,
    'its parameter is named request',
  )
  assert.equal(detectKind((env: unknown) => env, 'default', undefined)?.isGuess, true)
  assert.equal(detectKind(new Hono(), 'default', undefined)?.isGuess, false)
})
