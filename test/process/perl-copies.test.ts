// Perl applications that fork in the middle of a request, or keep what belongs to one request for another: whatever the copy or the
// late writer does, the client of the next request gets its own answer.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { PERL_SKIP } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import type { StarlightProcess } from '../support/starlight-process.ts'
import { FRONTS, serve } from './perl-support.ts'

const skip = PERL_SKIP
const APP = join(ROOT, 'test', 'fixtures', 'perl', 'copies.psgi')

interface Case {
  /** What A gets; default: 200 and its own text. */
  readonly a?: number
  /** What is told about the misuse while B is open. */
  readonly told: RegExp
  readonly logged?: RegExp
  readonly method?: 'POST'
}

const FORKED = /Cannot answer: process \d+ was forked by \d+, which has the client copy is over/
const OVER = /Cannot answer: the request is over/
const CASES: Readonly<Record<string, Case>> = {
  returns: { told: /^copy is over $/ },
  returns_dying: { told: /^copy is over $/, logged: /GET \/returns_dying: the copy dies/ },
  exits: { told: /^copy is over $/, logged: /END runs in \d+/ },
  responder: { told: FORKED },
  answered: { told: FORKED },
  deserted: { a: 500, told: FORKED },
  later: { told: /^copy is over $/ },
  body: { told: FORKED },
  getline: { told: /^copy is over $/, logged: /GET \/getline: Cannot answer: process \d+ was forked/ },
  stream: { told: FORKED },
  writer: { told: FORKED },
  closer: { told: /^copy is over $/ },
  extras: { told: FORKED, logged: /errors of the copy[\s\S]*logger of the copy/ },
  input: { method: 'POST', told: /^copy is over $/ },
  handles: { told: /^copy is over $/ },
  cleanup: { told: /^copy is over $/ },
  destroy: { told: /^copy is over $/ },
  kept_responder: { a: 500, told: OVER },
  kept_streamer: { a: 500, told: OVER },
  kept_writer: { told: OVER },
  // The writer was never closed: A's answer was cut.
  kept_closer: { a: 0, told: /^done $/ },
  kept_informer: { told: OVER },
  kept_input: { method: 'POST', told: /^done $/ },
  kept_ungetc: { told: /^nothing to do$/ },
  twice: { told: /^nothing to do$/, logged: /second: The application has answered already/ },
  twice_whole: { told: /^nothing to do$/, logged: /second: The application has answered already/ },
}

for (const front of FRONTS) {
  for (const streams of front === 'starlight' ? [false, true] : [false]) {
    const variant = `${front}${streams ? ' --stream-input' : ''}`
    test(`what one request's copy or remains do costs the next one nothing (${variant})`, { skip }, async t => {
      const server = await serve(t, front, APP, '--workers=1', ...(streams ? ['--stream-input'] : []))
      for (const [name, expected] of Object.entries(CASES))
        await t.test(name, async () => await misused(server, name, expected))
      assert.doesNotMatch(server.stderr, /(?:ENOENT|of the copy\n.*cleanup of the copy)/)
    })
  }

  test(`frames that are not the child's turn end it, and are passed on to nobody (${front})`, { skip }, async t => {
    const server = await serve(t, front, APP, '--workers=1')
    assert.deepEqual(await answer(server, '/forges'), { status: 200, text: 'ANSWER OF A' })
    assert.equal((await answer(server, '/b')).status, 502)
    await server.seen(/Cannot take a frame "R" about request 1 of the child: request 2 is in phase "pending"/)
    // Another child has taken its place.
    assert.deepEqual(await answer(server, '/b'), { status: 200, text: 'ANSWER OF B' })
  })
}

async function misused(server: StarlightProcess, name: string, { a = 200, told, logged, method }: Case): Promise<void> {
  const from = server.stderr.length
  const first = answer(server, `/${name}`, method)
  if (a === 0) await assert.rejects(first)
  else {
    const { status, text } = await first
    assert.equal(status, a)
    if (a === 200) assert.equal(text, 'ANSWER OF A')
  }
  const response = await fetch(`${server.url}/b`)
  assert.deepEqual([response.status, await response.text()], [200, 'ANSWER OF B'])
  assert.match(response.headers.get('x-told') ?? '', told)
  if (logged !== undefined) await server.seen(logged, from)
  const again = await fetch(`${server.url}/b`)
  assert.deepEqual([again.status, await again.text()], [200, 'ANSWER OF B'])
  // None of them cost the child.
  assert.equal(again.headers.get('x-pid'), response.headers.get('x-pid'))
}

async function answer(
  server: StarlightProcess,
  path: string,
  method: 'GET' | 'POST' = 'GET',
): Promise<{ status: number; text: string }> {
  const response = await fetch(server.url + path, method === 'POST' ? { method, body: 'BODY OF A' } : {})
  return { status: response.status, text: await response.text() }
}
