import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorPage } from '../../../src/app/development/error-page.ts'
import { FakeExchange } from '../../support/fake-exchange.ts'

function pageOf(cause: unknown, accept: string, target = '/x') {
  return errorPage(cause, new FakeExchange(`GET ${target} HTTP/1.1\r\nHost: h\r\nAccept: ${accept}\r\n\r\n`).head)
}

test('errorPage is HTML for a client that takes it, with title, stack and source', () => {
  const { type, body } = pageOf(new TypeError('no such thing'), 'text/html,application/xhtml+xml')
  assert.equal(type, 'text/html; charset=utf-8')
  assert.match(body, /^<!doctype html>/)
  assert.match(body, /<title>TypeError: no such thing<\/title>/)
  assert.match(body, /GET \/x/)
  assert.match(body, /at .*error-page\.test/)
  assert.match(body, /<b> *\d+ {2}.*no such thing.*<\/b>/)
})

test('errorPage is text for others', () => {
  const { type, body } = pageOf(new TypeError('no <such> thing'), 'application/json')
  assert.equal(type, 'text/plain; charset=utf-8')
  assert.match(body, /^TypeError: no <such> thing\n/)
})

test('errorPage escapes what comes from outside', () => {
  const evil = `<script>alert("1")</script>&'`
  const { body } = pageOf(new Error(evil), 'text/html', `/%3Cx%3E?<b>=">'`.replace(/[<>"]/g, '%3C'))
  assert.equal(body.includes('<script>'), false)
  assert.match(body, /&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&amp;&#39;/)
})

test('errorPage shows what caused the error, also when that goes round in a circle', () => {
  const inner = new Error('inner')
  const outer = new Error('outer', { cause: inner })
  inner.cause = outer
  const { body } = pageOf(outer, 'text/html')
  assert.equal(body.split('<h2>').length, 2)
  assert.match(pageOf(outer, 'text/plain').body, /^Error: outer\n[\s\S]*\n\nCaused by: Error: inner\n/)
})

test('errorPage shows thrown values that are no errors', () => {
  assert.equal(pageOf('just <text>', 'text/plain').body, 'Thrown: just <text>\n')
  assert.match(pageOf('just <text>', 'text/html').body, /Thrown: just &lt;text&gt;/)
  const spiteful = {
    toString() {
      throw new Error('no')
    },
  }
  assert.equal(pageOf(spiteful, 'text/plain').body, 'Thrown: [object Object]\n')
})

test('errorPage shows an error whose stack and cause throw', () => {
  const throws = { get: () => assert.fail() }
  const error = Object.defineProperties(new TypeError('x'), { stack: throws, cause: throws })
  assert.equal(pageOf(error, 'text/plain').body, 'TypeError: x\n')
  assert.match(pageOf(error, 'text/html').body, /<h1>TypeError: x<\/h1>/)
})
