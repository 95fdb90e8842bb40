import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesText, defaultText, longForm, spellings } from '../../src/cli/row-text.ts'
import { OPTIONS } from '../../src/config/options.ts'

test('spellings are the letter, the long name and the aliases', () => {
  assert.deepEqual(spellings(OPTIONS.workers), ['-w', '--workers', '--max-workers'])
  assert.deepEqual(spellings(OPTIONS.pid), ['--pid'])
})

test('longForm shows the value, what may be left out, and what can be negated', () => {
  assert.equal(longForm(OPTIONS.port), '--port=PORT')
  assert.equal(longForm(OPTIONS.printConfig), '--print-config[=FORMAT]')
  assert.equal(longForm(OPTIONS.defaultMiddleware), '--[no-]default-middleware')
  assert.equal(longForm(OPTIONS.ipv6), '--[no-]ipv6')
  assert.equal(longForm(OPTIONS.ssl), '--ssl')
})

test('defaultText says nothing where there is nothing to say', () => {
  const texts = [OPTIONS.ssl, OPTIONS.pid, OPTIONS.include, OPTIONS.path].map(defaultText)
  assert.deepEqual(texts, [undefined, undefined, undefined, undefined])
})

test('defaultText has units', () => {
  const { limitRequestHead, timeout, workers, port, defaultMiddleware } = OPTIONS
  const texts = [limitRequestHead, timeout, workers, port, defaultMiddleware].map(defaultText)
  assert.deepEqual(texts, [
    '64k',
    '300s',
    'the CPUs that this process may use; 10 for a Perl application',
    '5000',
    'on',
  ])
})

test('bytesText uses the largest unit that loses nothing', () => {
  assert.deepEqual([0, 240, 1024, 1500, 1_048_576, 134_217_728].map(bytesText), [
    '0',
    '240',
    '1k',
    '1500',
    '1m',
    '128m',
  ])
})
