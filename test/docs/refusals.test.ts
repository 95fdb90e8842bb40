// What the docs say is refused, ignored, not read or an error, each sentence with the test that shows it. The last test finds sentences
// of that kind that have neither a row here nor one in statements.test.ts and its neighbours.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { says } from '../support/docs.ts'
import { ROOT } from '../support/root.ts'

/** The page, its sentence, the file of the test and a part of the test's name or row. */
const SHOWN: readonly (readonly [page: string, sentence: string, file: string, title: string])[] = [
  [
    'docs/ancestor.md',
    'a failure stops the start with exit code 4',
    'process/supervisor.test.ts',
    'an app that cannot be loaded stops the start',
  ],
  [
    'docs/ancestor.md',
    '| Unix socket that is there already | refuses to start | replaced when nobody answers on it |',
    'process/supervisor-files.test.ts',
    'the socket file of a killed server is replaced by the next one',
  ],
  [
    'docs/ancestor.md',
    '| `--pid` file that is there already | refuses to start (code 17) | replaced when its owner is dead; code 6 when it lives |',
    'process/supervisor-files.test.ts',
    'a second server with the same pid file is refused and leaves it alone',
  ],
  [
    'docs/ancestor.md',
    '| `--ipv6=0` | ignored | IPv4 only |',
    'config/listen/addresses.test.ts',
    'with --ipv6=0 an IPv4 address is needed',
  ],
  [
    'docs/ancestor.md',
    '| `--ssl-verify-mode` | ignored | works, and needs a file of authorities |',
    'config/listen/addresses.test.ts',
    'no authority is named',
  ],
  [
    'docs/apps.md',
    'elsewhere several are refused',
    'process/adoption-addresses.test.ts',
    'threads share the port of a further server where the system lets them, or are refused in one sentence',
  ],
  ['docs/apps.md', 'any other `fork` is refused.', 'process/adoption.test.ts', 'Cannot fork by node:cluster'],
  [
    'docs/apps.md',
    'A client that leaves in the middle, or a body beyond `--limit-request-body`, is an error of the iteration.',
    'app/psgi/live-input.test.ts',
    'a live input throws to its reader when the client leaves, and when the body breaks the rules',
  ],
  [
    'docs/apps.md',
    'such as `(...args) => app(...args)` or a bound one, is refused without it.',
    'process/guess.test.ts',
    'a function that hides its parameters is refused, and served with --interface',
  ],
  [
    'docs/apps.md',
    'Handlers of events (AWS Lambda, h3 version 1) are no applications, and are refused;',
    'app/load/kind.test.ts',
    'an AWS Lambda',
  ],
  [
    'docs/apps.md',
    'Who begins to read later gets an error:',
    'app/fetch/adapter/request-body.test.ts',
    'the request is answered, and the rest of it was dropped',
  ],
  [
    'docs/deployment.md',
    '| refused from others |',
    'process/proxy-protocol.test.ts',
    'who is no trusted proxy gets no answer',
  ],
  [
    'docs/deployment.md',
    'at the start it is refused.',
    'process/tls-directory.test.ts',
    'what does not fit keeps nothing else back',
  ],
  [
    'docs/deployment.md',
    'Files that do not fit are an error in the log, once, and what was served before stays;',
    'process/tls-renewal.test.ts',
    'half of a new pair is said once and the old one stays',
  ],
  [
    'docs/deployment.md',
    'It refuses them when the user, or a group, can change a directory on their path.',
    'supervisor/tls/guarded-path.test.ts',
    'can be changed',
  ],
  [
    'docs/files.md',
    'A name below no directory of the option is refused with 500 and a line in the log; so is `..`.',
    'server/files/sendfile.test.ts',
    'what is outside is refused and logged, what is missing is 404',
  ],
  ['docs/http.md', '| `connect-refused` | 501 |', 'server/refusals.test.ts', "'connect-refused'"],
  [
    'docs/http.md',
    'an `Upgrade` that it does not take (h2c too) is ignored',
    'server/connection.rfc.test.ts',
    'an upgrade that nobody takes is a request like others',
  ],
  [
    'docs/http.md',
    'The `Upgrade: h2c` of HTTP/1.1 is ignored, as RFC 9113 wants it.',
    'server/connection.rfc.test.ts',
    'an upgrade that nobody takes is a request like others',
  ],
  [
    'docs/http.md',
    'more are refused with REFUSED_STREAM',
    'server/http2/attacks.test.ts',
    'more streams than are allowed are refused one by one',
  ],
  [
    'docs/http.md',
    'later ones are refused untouched, and clients ask again',
    'server/http2/connection.test.ts',
    'what comes later is refused untouched',
  ],
  [
    'docs/options.md',
    'The first bare argument is the application; a second one is an error.',
    'docs/statements.test.ts',
    '| second bare argument | ignored | error |',
  ],
  [
    'docs/options.md',
    'Here there is no other, so any other name is an error and not a surprise.',
    'docs/statements.test.ts',
    'only `Starlight`; another name is an error',
  ],
  [
    'docs/options.md',
    'A client that opens more has the others refused, and may ask again.',
    'server/http2/attacks.test.ts',
    'more streams than are allowed are refused one by one',
  ],
  [
    'docs/options.md',
    'one that a server still answers on is an error, and the file is removed at the end',
    'process/unix-socket-owner.test.ts',
    'a second start is refused while the first one loads its application',
  ],
  [
    'docs/options.md',
    'The start refuses what does not fit.',
    'server/tls-files.test.ts',
    'is refused with the file and the reason',
  ],
  [
    'docs/options.md',
    'Perl Starlight documents the option and ignores it.',
    'docs/statements.test.ts',
    'err-respawn-interval',
  ],
  [
    'docs/options.md',
    'It cannot be combined with SERVER_STARTER_PORT or LISTEN_FDS.',
    'process/daemon-descriptors.test.ts',
    '--daemonize is refused with sockets that somebody gave',
  ],
  [
    'docs/options.md',
    'while its owner lives a second start is refused, a stale file is replaced, and only its owner removes it;',
    'process/supervisor-files.test.ts',
    'a second server with the same pid file is refused and leaves it alone',
  ],
  [
    'docs/options.md',
    'what is no pid file (a link, a FIFO, other content) is refused and left alone.',
    'supervisor/system/pidfile.test.ts',
    'in the place of the pid file is refused and left as it is',
  ],
  [
    'docs/perl.md',
    'USR2 is ignored: the Perl program would take the end of the old master for the server',
    'supervisor/master/upgrade.test.ts',
    'USR2 is ignored',
  ],
  [
    'docs/balance.md',
    'On Unix sockets alone it is refused for that reason;',
    'config/rules.test.ts',
    'Cannot use --balance=sticky on Unix sockets alone',
  ],
  [
    'docs/debugging.md',
    '`--log-level=debug` logs each request that is refused with its reason, and each worker that leaves.',
    'process/options/logs.test.ts',
    'all entries of psgix.logger, and why requests are refused',
  ],
  ['docs/http.md', 'a message that two programs could read in two ways is refused', 'corpus/corpus.test.ts', 'invalid'],
  [
    'docs/options.md',
    'Requests that are refused before the application sees them have their line all the same.',
    'server/refusals.test.ts',
    'a record with its line, and a count',
  ],
  [
    'docs/options.md',
    'debug adds why requests were refused and workers left.',
    'process/options/logs.test.ts',
    'all entries of psgix.logger, and why requests are refused',
  ],
  [
    'docs/signals.md',
    'who comes later is refused at once, so that a client or a proxy can try another machine.',
    'process/stopping.test.ts',
    'TERM under load, and each connection is answered or refused',
  ],
  [
    'docs/signals.md',
    'the server is process 1, which cannot be replaced: USR2 is refused there.',
    'supervisor/master/upgrade.test.ts',
    'USR2 is ignored',
  ],
]
for (const [page, sentence, file, title] of SHOWN) {
  test(`${page}: ${sentence}`, () => {
    says(page, sentence)
    assert.ok(readFileSync(join(ROOT, 'test', file), 'utf8').includes(title), `test/${file} has a test "${title}"`)
  })
}

/** Texts that have such a word and promise nothing of a server: headings, references, words about others and about this project's tools. */
const NO_PROMISE: readonly string[] = [
  // Tables of what the ancestor did, each with its own test.
  '| `--ssl-verify-mode` ignored |',
  '| `--ipv6=0` ignored |',
  '| `--err-respawn-interval` ignored |',
  // What follows is the list.
  '## What is refused, and how',
  'says what is refused.',
  'lists what is refused and how.',
  'see [logs.md](logs.md#refused-requests)',
  'requests and connections that were refused before the application saw them,',
  // What the suites of others send, and what was counted once.
  'an error that is thrown, WebSockets with ping and close',
  '205,972 requests were answered and 19 of them with an error',
  '| yes; what is refused untouched is asked again |',
  'for what stripping refuses (enums, parameter properties, decorators, JSX)',
]
/** Comparisons, figures, and a page with a test of its own (windows.test.ts). */
const OTHER_PAGES = new Set(['performance.md', 'windows.md', 'instrumentation.md'])
const WORDS = /\b(?:refused|refuses|ignored|ignores|(?:is|are) not read|an error)\b/

const plain = (text: string): string => text.replaceAll(/\s+/g, ' ')

/** Every text between quotes in the tests of the docs: the sentences that have a row among them. */
function quoted(): string[] {
  const folders = ['docs', 'process/docs-pages', 'process']
  const files = folders.flatMap(folder =>
    readdirSync(join(ROOT, 'test', folder))
      .filter(name => name.endsWith('.ts') && (folder !== 'process' || name.startsWith('docs-')))
      .map(name => readFileSync(join(ROOT, 'test', folder, name), 'utf8')),
  )
  const texts = files.flatMap(text => [...text.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"/g)])
  return texts
    .map(([, single, double]) => plain((single ?? double ?? '').replaceAll(/\\n/g, ' ').replaceAll(/\\(.)/g, '$1')))
    .filter(text => text.length >= 12)
    .sort((a, b) => b.length - a.length)
}

test('each sentence of the docs that says so has a row', () => {
  const rows = [...NO_PROMISE, ...quoted()]
  const inDocs = readdirSync(join(ROOT, 'docs')).filter(name => name.endsWith('.md') && !OTHER_PAGES.has(name))
  const pages = ['README.md', ...inDocs.map(name => `docs/${name}`)]
  const without = pages.flatMap(page => {
    let text = plain(readFileSync(join(ROOT, page), 'utf8').replaceAll(/```[\s\S]*?```/g, ''))
    for (const row of rows) text = text.replaceAll(row, ' - ')
    return text
      .split(/(?<=[.:;|]) /)
      .filter(sentence => WORDS.test(sentence))
      .map(sentence => `${page}: ${sentence}`)
  })
  assert.deepEqual(without, [])
})
