import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mentionsFetch } from '../../../src/app/load/mentions-fetch.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function mentions(source: string, spec: Partial<Parameters<typeof mentionsFetch>[0]> = {}): boolean {
  const cwd = temporaryFolder('mentions')
  writeFileSync(join(cwd, 'app.ts'), source)
  return mentionsFetch({ app: 'app.ts', cwd, module: [], include: [], ...spec })
}

test('what a fetch application says in its first file', () => {
  for (const source of [
    'export default { fetch(request) { return answer(request) } }',
    'export default request => new Response()',
    'export default () => Response.json({})',
    'class Own extends Response {}',
    "import { Hono } from 'hono'\nexport default new Hono()",
    'const { H3 } = require("h3")',
    "import { serve } from '@hono/node-server'",
    'x'.repeat(1_000_001),
  ])
    assert.equal(mentions(source), true, source.slice(0, 80))
})

test('others load none of it', () => {
  for (const source of [
    'export default env => [200, [], []]',
    "import express, { type Request, type Response } from 'express'\nexport default express()",
    "import Fastify from 'fastify'\nexport default Fastify()",
    "export { default } from './inner.ts'",
    'const prefetched = 1, hono = 2',
  ])
    assert.equal(mentions(source), false, source)
})

test('--interface decides, -e is looked at as well, and packages may be anything', () => {
  assert.equal(mentions('', { interface: 'fetch' }), true)
  assert.equal(mentions('new Response()', { interface: 'node' }), false)
  assert.equal(mentions('', { evaluate: 'app => ({ fetch: app })' }), true)
  assert.equal(mentions('', { evaluate: 'env => [200, [], []]', app: undefined }), false)
  assert.equal(mentions('', { app: 'some-package' }), true)
  assert.equal(mentions('', { app: './missing.ts' }), false)
})
