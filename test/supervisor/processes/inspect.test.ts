import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspectArguments } from '../../../src/supervisor/processes/inspect.ts'

const all = { inspect: '9229', inspectWorker: 0 }

test('each worker gets a port of its own, also a replacement in the same place', () => {
  assert.deepEqual(inspectArguments(all, 0, 1), ['--inspect=127.0.0.1:9230'])
  assert.deepEqual(inspectArguments(all, 1, 2), ['--inspect=127.0.0.1:9231'])
  assert.deepEqual(inspectArguments(all, 0, 3), ['--inspect=127.0.0.1:9232'])
})

test('port 0 is the choice of the system for each of them', () => {
  assert.deepEqual(inspectArguments({ ...all, inspect: '[::1]:0' }, 1, 2), ['--inspect=[::1]:0'])
})

test('--inspect-worker leaves the others alone', () => {
  assert.deepEqual(inspectArguments({ ...all, inspectWorker: 2 }, 0, 1), [])
  assert.deepEqual(inspectArguments({ ...all, inspectWorker: 2 }, 1, 2), ['--inspect=127.0.0.1:9231'])
})

test('workers of a master that is inspected get ports behind its own', () => {
  const none = { inspectWorker: 0 }
  assert.deepEqual(inspectArguments(none, 0, 1, 9229), ['--inspect-port=9230'])
  assert.deepEqual(inspectArguments(none, 0, 1, undefined), [])
})
