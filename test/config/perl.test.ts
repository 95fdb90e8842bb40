import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../src/config/config.ts'
import { resolved } from './resolved.ts'

const configOf = (...argv: string[]): Config => resolved(argv).config

const PERL: readonly (readonly string[])[] = [
  ['app.psgi'],
  ['-a', 'bin/app.pl'],
  ['My::App'],
  ['-e', 'sub { [200, [], ["hello"]] }'],
  ['-e', 'my $x = 1; sub { [200, [], [$x]] }'],
  ['-MPlack::App::Directory', '-e', 'Plack::App::Directory->new(root => ".")->to_app'],
  ['-e', 'enable "Runtime";', 'app.psgi'],
  ['--perl=/usr/bin/perl', 'app'],
  ['--interface=perl', 'App'],
]
for (const argv of PERL)
  test(`starlight ${argv.join(' ')} is Perl`, () => assert.equal(configOf(...argv).interface, 'perl'))

const OTHERS: readonly (readonly string[])[] = [
  ['app.ts'],
  ['-e', '(env) => [200, [], ["my sub"]]'],
  ['-e', 'req => new Response(req.url)'],
  ['--interface=psgi', 'app.psgi'],
  [],
]
for (const argv of OTHERS)
  test(`starlight ${argv.join(' ')} is not Perl`, () => assert.notEqual(configOf(...argv).interface, 'perl'))

test('what nobody says is what the ancestor has', () => {
  const { workers, maxReqsPerChild, workerTimeout, frontWorkers } = configOf('app.psgi')
  assert.deepEqual(
    { workers, maxReqsPerChild, workerTimeout },
    { workers: 10, maxReqsPerChild: 1000, workerTimeout: 300 },
  )
  assert.ok(frontWorkers >= 1)
})

test('what somebody says counts', () => {
  const config = configOf(
    '--workers=20',
    '--max-reqs-per-child=100',
    '--worker-timeout=5',
    '--front-workers=3',
    'app.psgi',
  )
  assert.equal(config.workers, 20)
  assert.equal(config.maxReqsPerChild, 100)
  assert.equal(config.workerTimeout, 5)
  assert.equal(config.frontWorkers, 3)
  assert.equal(configOf('--max-reqs-per-child=0', 'app.psgi').maxReqsPerChild, 0)
})

test('no front is without a child', () => {
  assert.equal(configOf('--workers=2', '--front-workers=8', 'app.psgi').frontWorkers, 2)
  assert.equal(configOf('--workers=0', '--front-workers=8', 'app.psgi').frontWorkers, 1)
})

test('options that only Perl has are refused elsewhere', () => {
  assert.throws(
    () => configOf('--preload-app', 'app.ts'),
    /Cannot use --preload-app: the application is none in Perl, one \(app\.psgi\) is needed/,
  )
  assert.throws(() => configOf('--queue=1', 'app.ts'), /Cannot use --queue/)
})
