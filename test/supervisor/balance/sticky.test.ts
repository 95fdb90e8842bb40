import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOf, workerFor } from '../../../src/supervisor/balance/sticky.ts'

/** Four slots, with workers `first`, `first + 1`, ... */
const workers = (first = 1) => Array.from({ length: 4 }, (_, slot) => ({ id: first + slot, slot }))
const CLIENTS = Array.from({ length: 1000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)

test('a client has the same worker each time, and near addresses are spread', () => {
  const counts = new Map<number | undefined, number>()
  for (const client of CLIENTS) {
    const id = workerFor(client, workers())
    assert.equal(workerFor(client, workers().reverse()), id)
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  assert.equal(counts.size, 4)
  for (const count of counts.values()) assert.ok(count > 200 && count < 300, `${[...counts]}`)
})

test('the replacement of a worker has its clients', () => {
  for (const client of CLIENTS) assert.equal(workerFor(client, workers(5)), (workerFor(client, workers()) ?? 0) + 4)
})

test('of two in one slot the last counts', () => {
  for (const client of CLIENTS)
    assert.equal(workerFor(client, [...workers(), ...workers(5)]), workerFor(client, workers(5)))
})

test('without one worker only its own clients move, and to all others', () => {
  const moved = new Set<number | undefined>()
  for (const client of CLIENTS) {
    const [before, after] = [workerFor(client, workers()), workerFor(client, workers().slice(1))]
    if (before === 1) moved.add(after)
    else assert.equal(after, before)
  }
  assert.deepEqual([...moved].sort(), [2, 3, 4])
})

test('one worker more takes clients away from others, and none moves between those', () => {
  let moved = 0
  for (const client of CLIENTS) {
    const after = workerFor(client, [...workers(), { id: 5, slot: 4 }])
    if (after === 5) moved++
    else assert.equal(after, workerFor(client, workers()))
  }
  assert.ok(moved > 150 && moved < 250, `${moved}`)
})

test('nobody serves: no worker', () => assert.equal(workerFor('10.0.0.1', []), undefined))

const NAMES: readonly (readonly [string | undefined, string | undefined])[] = [
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['', undefined],
  [undefined, undefined],
]
for (const [address, client] of NAMES) {
  test(`the client at ${address} is ${client}`, () => assert.equal(clientOf(address), client))
}
