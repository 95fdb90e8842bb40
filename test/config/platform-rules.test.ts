import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mistakeOf, resolved } from './resolved.ts'

const WINDOWS = { system: { platform: 'win32' } }
const NO_UNIX_SOCKETS = 'there are no Unix sockets here, --host=127.0.0.1 is needed'
const UNIX_ADDRESS = 'there are no Unix sockets here, HOST:PORT is needed'

for (const [line, message] of [
  ['-D', 'Cannot use -D: this system has no daemons, a service wrapper is needed (docs/windows.md)'],
  ['--user=www', 'Cannot use --user: this system has no user ids, a service that runs as that user is needed'],
  ['--group=www', 'Cannot use --group: this system has no group ids, a service that runs as a user is needed'],
  ['--umask=027', 'Cannot use --umask: this system has no umask, rights that a directory inherits are needed'],
  ['--socket-mode=0660', `Cannot use --socket-mode: ${NO_UNIX_SOCKETS}`],
  ['--socket-owner=www', `Cannot use --socket-owner: ${NO_UNIX_SOCKETS}`],
  ['--socket-group=www', `Cannot use --socket-group: ${NO_UNIX_SOCKETS}`],
  ['--socket=app.sock', `Cannot listen on "unix:app.sock": ${UNIX_ADDRESS}`],
  ['--listen=/run/app.sock', `Cannot listen on "unix:/run/app.sock": ${UNIX_ADDRESS}`],
  ['--listen=@app', `Cannot listen on "unix:@app": ${UNIX_ADDRESS}`],
  [
    '--admin=/run/admin.sock',
    'Cannot use "/run/admin.sock" for --admin: there are no Unix sockets here, [HOST:]PORT is needed',
  ],
  [
    '--balance=shared',
    'Cannot use "shared" for --balance: a worker cannot inherit a listening socket here, round-robin (the default here) is needed',
  ],
  [
    '--balance=reuseport',
    'Cannot use "reuseport" for --balance: sockets cannot share a port here, round-robin (the default here) is needed',
  ],
  [
    'app.psgi',
    'Cannot run a Perl application: its children need fork(2), which is missing here; a Perl server (plackup, Thrall) or the Windows Subsystem for Linux is needed',
  ],
] as const) {
  const argv = line.split(' ')
  test(`on Windows: ${message}`, () =>
    assert.equal(
      mistakeOf(() => resolved(argv, WINDOWS)),
      message,
    ))
  if (!line.startsWith('--socket-') && !line.includes('unknown'))
    test(`on Linux "${line}" is no mistake`, () => void resolved(argv))
}

test('the master accepts for its workers where they inherit no sockets, and only there', () => {
  assert.equal(resolved([], WINDOWS).config.balance, 'round-robin')
  assert.equal(resolved([]).config.balance, 'shared')
  assert.equal(resolved([], { system: { platform: 'darwin' } }).config.balance, 'shared')
})
