import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOf, firstPlace, StickyClients, type StickyPlace } from '../../../src/supervisor/balance/sticky.ts'

const workerFor = (client: string, places: readonly StickyPlace[]): number | undefined => firstPlace(client, places)?.id
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

test('a client stays with the worker that it has come to, until that one is gone', () => {
  const clients = new StickyClients()
  const [own, ...others] = workers()
  const client = CLIENTS.find(each => workerFor(each, workers()) === own?.id) as string
  const away = clients.placeOf(client, others)?.id
  assert.notEqual(away, own?.id)
  assert.equal(clients.placeOf(client, workers())?.id, away)
  assert.equal(
    clients.placeOf(
      client,
      workers().filter(({ id }) => id !== away),
    )?.id,
    own?.id,
  )
  assert.equal(clients.placeOf(client, workers())?.id, own?.id)
})

test('a client waits for who starts in its place, and is not remembered for it', () => {
  const clients = new StickyClients()
  const [own, ...others] = workers()
  const client = CLIENTS.find(each => workerFor(each, workers()) === own?.id) as string
  assert.deepEqual(clients.placeOf(client, [{ slot: 0, id: undefined }, ...others]), { slot: 0, id: undefined })
  assert.equal(clients.placeOf(client, workers())?.id, own?.id)
})

test('the clients that have not come for longest are forgotten', () => {
  const clients = new StickyClients()
  const [, ...others] = workers()
  const strays = CLIENTS.filter(each => workerFor(each, workers()) === 1)
  for (const client of strays) clients.placeOf(client, others)
  const [first = '', ...rest] = strays
  for (let i = 0; i < 50_000 - rest.length; i++) clients.placeOf(`client ${i}`, workers())
  assert.equal(clients.placeOf(first, workers())?.id, 1)
  assert.notEqual(clients.placeOf(rest[1] as string, workers())?.id, 1)
})
