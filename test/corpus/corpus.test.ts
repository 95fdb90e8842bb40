// Every case of the corpus, whole, byte by byte and cut once anywhere: all must give the events that stand in its file.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FAULTS } from '../../src/http1/faults.ts'
import { readCorpus } from '../support/corpus.ts'
import { requireEvents } from '../support/events.ts'

for (const folder of ['valid', 'invalid'] as const) {
  describe(`corpus/${folder}`, () => {
    for (const { name, why, limits, bytes, events } of readCorpus(folder)) {
      test(`${name}: ${why}`, () => {
        requireEvents(bytes, events, limits)
      })
    }
  })
}

test('the corpus is complete: valid cases end their requests, invalid cases end in a fault', () => {
  const valid = readCorpus('valid')
  const invalid = readCorpus('invalid')
  assert.ok(valid.length >= 160 && invalid.length >= 400, `${valid.length} valid, ${invalid.length} invalid`)
  for (const { name, events } of valid) assert.match(events.at(-1)!, /^end /, name)
  for (const { name, events } of invalid) assert.match(events.at(-1)!, /^fault /, name)
  // A client's silence and its end are no bytes.
  const shown = new Set([...invalid.map(({ events }) => events.at(-1)!.split(' ')[1]), 'timeout', 'incomplete-body'])
  assert.deepEqual(
    Object.keys(FAULTS).filter(code => !shown.has(code)),
    [],
  )
})
