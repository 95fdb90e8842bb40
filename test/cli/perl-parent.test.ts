import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lastWords, tellPerl } from '../../src/cli/perl-parent.ts'

test('the last words are one line, whatever the message is', () => {
  assert.equal(lastWords(new Error('Cannot 100%\nsay')), 'reason Cannot 100%25%0asay\n')
  assert.equal(lastWords('text'), 'reason text\n')
})

test('nobody is told where there is no channel', () => {
  tellPerl(['--port=0'], new Error('x'))
  tellPerl(['--zygote-fd=999999'], new Error('x'))
})
