import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DescriptorGuard, descriptorLimit, firstReserved } from '../../src/server/descriptors.ts'

const PROC =
  'Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 4096                 files\n'

test('the limit is the soft one of proc(5), else what the shell says, else unknown', () => {
  assert.equal(
    descriptorLimit(undefined, () => PROC),
    1024,
  )
  assert.equal(
    descriptorLimit(
      () => '256',
      () => '',
    ),
    256,
  )
  for (const unknown of [undefined, 'unlimited'])
    assert.equal(
      descriptorLimit(
        () => unknown,
        () => '',
      ),
      Infinity,
    )
})

for (const [limit, most] of [
  [64, 56],
  [256, 224],
  [1024, 896],
  [20_000, 19_872],
] as const) {
  test(`of ${limit} descriptors, ${limit - most} are kept free`, () => assert.equal(firstReserved(limit), most))
}

function guarded(canResume: boolean) {
  const seen: string[] = []
  const log = { debug() {}, info() {}, error() {}, warn: (message: string) => seen.push(message.slice(0, 23)) }
  const free = { is: true }
  const onRoom = canResume ? () => void seen.push('room') : undefined
  const guard = new DescriptorGuard(
    { limit: 64, onRoom },
    log,
    () => seen.push('stop'),
    () => free.is,
  )
  return { guard, seen, free }
}

test('a number that is kept free stops accepting once, and the end of a part of the connections asks to go on', () => {
  const { guard, seen } = guarded(true)
  assert.ok(guard.accepted(55, 29))
  assert.deepEqual(seen, [])
  assert.ok(guard.accepted(56, 32), 'the one that was accepted is served')
  assert.ok(guard.accepted(57, 33))
  assert.deepEqual(seen, ['stop', 'Out of file descriptors'])
  guard.closed(31)
  assert.deepEqual(seen.slice(2), [])
  guard.closed(30)
  assert.deepEqual(seen.slice(2), ['room'])
  guard.resumed()
  guard.closed(29)
  assert.ok(guard.accepted(56, 32))
  assert.deepEqual(seen.slice(2), ['room', 'stop'], 'and is not said again within a minute')
})

test('where accepting cannot be stopped, connections are turned away until there is room', () => {
  const { guard, seen } = guarded(false)
  assert.ok(!guard.accepted(56, 32))
  assert.deepEqual(seen, ['Out of file descriptors'])
  guard.closed(10)
  assert.ok(guard.accepted(40, 10))
})

test('what the application uses counts: looking around stops accepting, and asks again each time when there is room', () => {
  const { guard, seen, free } = guarded(true)
  guard.look(0)
  assert.deepEqual(seen, [])
  free.is = false
  guard.look(0)
  guard.look(0)
  assert.deepEqual(seen, ['stop', 'Out of file descriptors'])
  free.is = true
  guard.look(0)
  guard.look(0)
  assert.deepEqual(seen.slice(2), ['room', 'room'], 'the first answer may have been lost')
})
