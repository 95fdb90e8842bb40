import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deserialize, serialize } from 'node:v8'
import { worker } from '../../../src/app/worker.ts'
import { type Broadcast, OwnPlace } from '../../../src/supervisor/worker/own-place.ts'

const PLACE = { number: 2, count: 3, generation: 1, isFirst: true }
const errors: unknown[] = []
const log = { error: (_message: string, error: unknown) => void errors.push((error as Error).message) }

test('the package shows the place of this worker, and the environment its number', () => {
  const place = new OwnPlace(PLACE, log)
  place.enter()
  assert.deepEqual([worker.number, worker.count, worker.generation, worker.isFirst], [2, 3, 1, true])
  assert.deepEqual([process.env['STARLIGHT_WORKER'], process.env['NODE_APP_INSTANCE']], ['2', '1'])
  place.move({ count: 4, isFirst: true })
  assert.deepEqual([worker.count, worker.isFirst], [4, true])
  place.leave()
  place.move({ count: 4, isFirst: true })
  assert.equal(worker.isFirst, false, 'whoever leaves is not the first any more')
})

test('what is to be done at the end is done in the order of its registration', () => {
  const place = new OwnPlace(PLACE, log)
  const order: string[] = []
  place.onShutdown(() => order.push('one'))
  place.onShutdown(() => order.push('two'))
  for (const { run } of place.endings) run()
  assert.deepEqual(order, ['one', 'two'])
})

test('a message reaches each listener as a copy of its own, until it is removed; one that fails costs the others nothing', () => {
  const place = new OwnPlace(PLACE, log)
  const heard: { names: Map<string, number> }[] = []
  place.onMessage(() => {
    throw new Error('of the application')
  })
  const remove = place.onMessage((message: (typeof heard)[number]) => void heard.push(message))
  place.onMessage((message: (typeof heard)[number]) => void heard.push(message))
  place.hear(serialize({ names: new Map([['a', 1]]) }))
  assert.deepEqual(errors, ['of the application'])
  assert.deepEqual(
    heard.map(({ names }) => names.get('a')),
    [1, 1],
  )
  assert.notEqual(heard[0], heard[1])
  remove()
  place.hear(serialize('again'))
  assert.equal(heard.length, 3)
})

test('messages are dropped while too much is under way, and the next one says how many', () => {
  const sent: [content: unknown, dropped: number, done: () => void][] = []
  const send: Broadcast = (content, dropped, done) => void sent.push([deserialize(content), dropped, done])
  const place = new OwnPlace(PLACE, log, send)
  const large = 'x'.repeat(60 * 1024)
  let count = 0
  while (place.broadcast(large)) count++
  assert.ok(count > 10 && count < 20, `${count} messages`)
  assert.equal(place.broadcast(large), false)
  sent[0]?.[2]()
  assert.equal(place.broadcast('small'), true)
  assert.deepEqual(sent.at(-1)?.slice(0, 2), ['small', 2])
  assert.equal(place.broadcast('smaller'), true)
  assert.deepEqual(sent.at(-1)?.slice(0, 2), ['smaller', 0])
})

test('what is too large or cannot be copied is the mistake of the application', () => {
  const place = new OwnPlace(PLACE, log, () => assert.fail('nothing is sent'))
  assert.throws(() => place.broadcast('x'.repeat(65 * 1024)), RangeError)
  assert.throws(() => place.broadcast(() => undefined), /could not be cloned/)
})

test('a channel has messages of its own', () => {
  const sent: Uint8Array[] = []
  const place = new OwnPlace(PLACE, log, content => void sent.push(content))
  const heard: string[] = []
  place.onMessage(message => void heard.push(`all: ${message}`))
  for (const name of ['a', 'ä'.repeat(127)])
    place.channel(name).onMessage(message => void heard.push(`${name[0]}: ${message}`))
  place.broadcast('one')
  place.channel('a').broadcast('two')
  place.channel('ä'.repeat(127)).broadcast('three')
  place.channel('nobody').broadcast('four')
  for (const content of sent) place.hear(content)
  assert.deepEqual(heard, ['all: one', 'a: two', 'ä: three'])
  for (const name of ['', 'ä'.repeat(128)]) assert.throws(() => place.channel(name), RangeError)
})
