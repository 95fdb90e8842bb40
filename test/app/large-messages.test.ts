import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LargeMessages } from '../../src/app/large-messages.ts'
import { enterWorker, worker } from '../../src/app/worker.ts'

interface Part {
  readonly index: number
}

/** Gives what is sent to whoever listens; `drops`: what is lost on the way. */
function enter(drops: (part: Part) => boolean = () => false): void {
  const listeners = new Set<(message: unknown) => void>()
  enterWorker({
    ...worker,
    channel: () => ({
      broadcast: message => {
        const copy: unknown = structuredClone(message)
        if (!drops(copy as Part)) for (const listener of listeners) listener(copy)
        return true
      },
      onMessage: listener => {
        const own = listener as (message: unknown) => void
        listeners.add(own)
        return () => void listeners.delete(own)
      },
    }),
  })
}

test('short and long messages of several senders come whole', () => {
  enter()
  const heard: unknown[] = []
  const one = new LargeMessages('a', 'one')
  const stop = one.onMessage(message => void heard.push(message))
  const sent = ['short', 'x'.repeat(300 * 1024), { bytes: new Uint8Array(200_000).fill(7) }]
  for (const message of sent) assert.equal(new LargeMessages('a', String(sent.indexOf(message))).send(message), true)
  assert.deepEqual(heard, sent)
  stop()
  one.send('nobody hears it')
  assert.equal(heard.length, 3)
})

for (const lost of [0, 1, 3]) {
  test(`part ${lost} of a message is lost: the message is, and the next one comes`, () => {
    let isLost = false
    enter(({ index }) => {
      const drop = !isLost && index === lost
      isLost ||= drop
      return drop
    })
    const heard: string[] = []
    const messages = new LargeMessages('a', 'one')
    messages.onMessage((message: string) => void heard.push(message[0] as string))
    for (const letter of ['a', 'b']) messages.send(letter.repeat(200 * 1024))
    assert.deepEqual(heard, ['b'])
  })
}

test('what cannot be sent any more is given up', () => {
  let left = 2
  enterWorker({ ...worker, channel: () => ({ broadcast: () => left-- > 0, onMessage: () => () => undefined }) })
  assert.equal(new LargeMessages('a', 'one').send('x'.repeat(200 * 1024)), false)
  assert.equal(left, -1)
})
