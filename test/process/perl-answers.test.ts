// Answers that PSGI does not know: each is a 500 that the log explains, and the child serves on. Nothing of it reaches the client.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { PERL_SKIP } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import type { StarlightProcess } from '../support/starlight-process.ts'
import { FRONTS, serve } from './perl-support.ts'

const skip = PERL_SKIP
const APP = join(ROOT, 'test', 'fixtures', 'perl', 'answers.psgi')

/** What the log says, for those where more than "it failed" is to be said. */
const LOGGED: Readonly<Record<string, RegExp>> = {
  'status-65736': /The application \S+answers\.psgi gave the status "65736": an integer from 200 to 599 is needed/,
  'status-200-ok': /gave the status "200 OK"/,
  'status-undef': /gave the status undef/,
  'status-line': /gave the status "200\n {4}X-Evil: 1"/,
  'no-body':
    /The application \S+answers\.psgi gave nothing for a body: PSGI wants \[status, \[name => value, \.\.\.\], body\]/,
  'text-body': /gave "text" for a body/,
  hash: /gave HASH\(0x[0-9a-f]+\): PSGI wants/,
  'odd-headers': /for headers: PSGI wants \[name => value/,
  'header-ref': /gave ARRAY\(0x[0-9a-f]+\) for a header: a string is needed/,
  'header-wide': /Wide character in the response/,
  'header-huge': /gave 20000011 bytes of headers/,
  'piece-ref': /gave ARRAY\(0x[0-9a-f]+\) for a piece of its body/,
  'inform-65639': /Cannot send an interim answer: "65639" is not a status from 100 to 199 other than 101/,
}

for (const front of FRONTS) {
  test(`an answer that PSGI does not know is a 500 that the log explains (${front})`, { skip }, async t => {
    const server = await serve(t, front, APP, '--workers=1')
    for (const name of await names(server, 'wrong')) {
      const from = server.stderr.length
      const response = await fetch(`${server.url}/wrong/${name}`)
      assert.deepEqual([response.status, (await response.text()).trimEnd()], [500, 'Internal Server Error'], name)
      assert.equal(response.headers.get('x-evil'), null)
      await server.seen(new RegExp(`The application failed on GET /wrong/${name}`), from)
      if (LOGGED[name] !== undefined) await server.seen(LOGGED[name], from)
    }
    for (const name of await names(server, 'right')) {
      const response = await fetch(`${server.url}/right/${name}`)
      assert.deepEqual([response.status, await response.text()], [201, 'ok'], name)
    }
    // Each was the application's mistake, and none of them cost the child.
    assert.doesNotMatch(server.stderr, /Perl child \d+|Use of uninitialized| {4}at .*\.js/)
  })
}

async function names(server: StarlightProcess, kind: string): Promise<string[]> {
  return (await (await fetch(`${server.url}/${kind}`)).text()).split(' ')
}
