import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Given, mistakeOf, resolved } from './resolved.ts'

for (const [line, message, given] of [
  ['-s Starman', 'Cannot use "Starman" for -s: Starlight is the only server here, no other name is possible'],
  ['-L Shotgun', 'Cannot use "Shotgun" for -L: there is no such loader, Delayed or Restarter is needed'],
  ['--server-header=Stärlight', 'Cannot use "Stärlight" for --server-header: printable ASCII is needed'],
  [
    '--trusted-proxies=10.0.0.0/8,10.0.0.0/33',
    'Cannot use "10.0.0.0/33" for --trusted-proxies: an address, a network such as 10.0.0.0/8, or loopback, private, unix or none is needed',
  ],
  ['--path=shop', 'Cannot mount at "shop" of --path: a prefix such as "/shop" is needed'],
  ['--path=/shop?x', 'Cannot mount at "/shop?x" of --path: a prefix such as "/shop" is needed'],
  [
    '--min-reqs-per-child=5',
    'Cannot use --min-reqs-per-child=5: the number of requests is not limited, --max-reqs-per-child is needed too',
  ],
  [
    '--min-reqs-per-child=5 --max-reqs-per-child=4',
    'Cannot use --min-reqs-per-child=5: it is more than --max-reqs-per-child=4, 4 at most is needed',
  ],
  [
    '--balance=sticky --threads=2',
    'Cannot use --threads=2 with --balance=sticky: a connection cannot be given to a thread, shared is needed',
  ],
  [
    '--balance=sticky --socket=/run/a.sock',
    'Cannot use --balance=sticky on Unix sockets alone: their clients have no address, an address of TCP is needed',
  ],
  ['-D -r', 'Cannot use -D with -r: errors would be invisible; use one of them'],
  ['-D -R lib', 'Cannot use -D with -R: errors would be invisible; use one of them'],
  ['--umask=1777', 'Cannot use "1777" for --umask: 0777 at most is needed'],
  [
    '--limit-request-head=4k',
    'Cannot use 4096 for --limit-request-head: the request line alone may have 8192 bytes, as much at least is needed',
  ],
  [
    '--pid=run/a.pid',
    'Cannot write "run/a.pid" of --pid: "/srv/app/run" is missing, a directory is needed',
    { problems: { '/srv/app/run': 'missing' } },
  ],
  [
    '--error-log=/log/e',
    'Cannot write "/log/e" of --error-log: "/log" is not a directory, a directory is needed',
    { problems: { '/log': 'not a directory' } },
  ],
  [
    '',
    'Cannot write "/log/a" of STARLIGHT_ACCESS_LOG: "/log" is missing, a directory is needed',
    { problems: { '/log': 'missing' }, env: { STARLIGHT_ACCESS_LOG: '/log/a' } },
  ],
  [
    '--input-dir=/none',
    'Cannot use "/none" for --input-dir: it is missing, a directory is needed',
    { problems: { '/none': 'missing' } },
  ],
  [
    '--static=/a=none',
    'Cannot use "/a=none" for --static: "none" is missing, a directory is needed',
    { problems: { '/srv/app/none': 'missing' } },
  ],
  [
    '--static=/a/../b=.',
    'Cannot use "/a/../b=." for --static: a directory is needed, or a path and a directory such as /assets=./public',
  ],
  [
    '--static-cache=*.css',
    'Cannot use "*.css" for --static-cache: a pattern and a value such as *.html=no-cache are needed',
  ],
] as const satisfies readonly (readonly [string, string, Given?])[]) {
  test(message, () =>
    assert.equal(
      mistakeOf(() => resolved(line === '' ? [] : line.split(' '), given)),
      message,
    ),
  )
}

for (const line of [
  '--min-reqs-per-child=4 --max-reqs-per-child=4',
  '--path=/',
  '--path=/a/b/',
  '-s Starlight',
  '-L Delayed',
  '--access-log=-',
  '-D',
  '-r',
]) {
  test(`starlight ${line} is allowed`, () => assert.ok(resolved(line.split(' '))))
}
