import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { test } from 'node:test'
import { bodySource, stopSource } from '../../../src/app/psgi/body-source.ts'

const SOURCES: readonly (readonly [what: string, make: () => object])[] = [
  ['an array', () => ['a', 'b']],
  ['a Set', () => new Set(['a', 'b'])],
  ['a generator', () => ['a', 'b'].values()],
  ['a Node stream', () => Readable.from(['a', 'b'])],
  ['a web stream', () => ReadableStream.from(['a', 'b'])],
]

for (const [what, make] of SOURCES) {
  test(`bodySource gives the pieces of ${what}, then its end`, async () => {
    const source = bodySource(make())
    assert.ok(source)
    assert.equal((await source.next()).value, 'a')
    assert.equal((await source.next()).value, 'b')
    assert.equal((await source.next()).done, true)
    await stopSource(source)
  })
}

test('bodySource gives nothing for what has no pieces', () => {
  for (const other of [{}, new Date(), Promise.resolve(['a']), { getReader: 1, [Symbol.iterator]: 1 }]) {
    assert.equal(bodySource(other), undefined)
  }
})

test('stopSource keeps to itself what a source says about being stopped', async () => {
  const complaints = [
    () => {
      throw new Error('no')
    },
    () => Promise.reject(new Error('no')),
  ]
  for (const stop of complaints) await stopSource({ next: () => ({ done: true }), stop })
})
