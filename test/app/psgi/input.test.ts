// One table for both places where a body may lie.
import assert from 'node:assert/strict'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type ByteStore, fileStore, MemoryStore } from '../../../src/app/psgi/byte-store.ts'
import { BufferedInput, EMPTY_INPUT } from '../../../src/app/psgi/input.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

type MakeStore = (t: TestContext, bytes: Uint8Array) => Promise<ByteStore>

const STORES: readonly (readonly [place: string, make: MakeStore])[] = [
  ['in memory', async (_t, bytes) => new MemoryStore([bytes.subarray(0, 3), bytes.subarray(3)])],
  [
    'in a file',
    async (t, bytes) => {
      const file = await open(join(temporaryFolder('input'), 'body'), 'wx+')
      t.after(() => file.close())
      await file.write(bytes)
      return fileStore(file, bytes.byteLength)
    },
  ],
]

for (const [place, make] of STORES) {
  const inputOf = async (t: TestContext, text: string) => new BufferedInput(await make(t, Buffer.from(text)))

  test(`an input ${place} gives bytes, text and JSON, as often as asked`, async t => {
    const input = await inputOf(t, '{"a":"é"}')
    for (let i = 0; i < 2; i++) {
      assert.equal(input.length, 10)
      assert.deepEqual(Buffer.from(input.bytes()), Buffer.from('{"a":"é"}'))
      assert.equal(input.text(), '{"a":"é"}')
      assert.deepEqual(input.json(), { a: 'é' })
    }
  })

  test(`an input ${place} leaves a byte order mark out of its text`, async t => {
    assert.deepEqual((await inputOf(t, '\ufeff[1]')).json(), [1])
  })

  test(`an input ${place} that is no JSON throws a SyntaxError`, async t => {
    const input = await inputOf(t, '{')
    assert.throws(() => input.json(), SyntaxError)
  })

  test(`an input ${place} can be iterated and streamed, whole each time`, async t => {
    const text = 'x'.repeat(200_000)
    const input = await inputOf(t, text)
    for (let i = 0; i < 2; i++) {
      const pieces: Uint8Array[] = []
      for await (const piece of input) pieces.push(piece)
      assert.equal(Buffer.concat(pieces).toString(), text)
      assert.equal(Buffer.concat(await input.stream().toArray()).toString(), text)
    }
  })

  test(`an input ${place} is read from its position, into the place that is asked for`, async t => {
    const input = await inputOf(t, 'abcdefgh')
    const buffer = Buffer.from('........')
    assert.equal(input.read(buffer, 3, 1), 3)
    assert.equal(buffer.toString(), '.abc....')
    assert.equal(input.read(buffer, 3), 3)
    assert.equal(buffer.toString(), 'defc....')
    assert.equal(input.read(buffer), 2)
    assert.equal(buffer.toString(), 'ghfc....')
    assert.equal(input.read(buffer), 0)
    assert.equal(input.text(), 'abcdefgh')
  })

  test(`an input ${place} can be sought`, async t => {
    const input = await inputOf(t, 'abcdefgh')
    const buffer = Buffer.alloc(2)
    const readAt = (position: number, whence?: 0 | 1 | 2): string => {
      assert.equal(input.seek(position, whence), true)
      return buffer.subarray(0, input.read(buffer)).toString()
    }
    assert.equal(readAt(3), 'de')
    assert.equal(readAt(0), 'ab')
    assert.equal(readAt(1, 1), 'de')
    assert.equal(readAt(-2, 2), 'gh')
    assert.equal(readAt(8), '')
    for (const [position, whence] of [
      [-1, 0],
      [9, 0],
      [1, 2],
      [0.5, 0],
      [-9, 1],
    ] as const) {
      assert.equal(input.seek(position, whence), false)
    }
    assert.equal(input.read(buffer), 0)
  })

  test(`an input ${place} refuses to read more than the buffer holds`, async t => {
    const input = await inputOf(t, 'abc')
    const message = /^Cannot read the input: 3 bytes are wanted at 1, the buffer has 3$/
    assert.throws(() => input.read(Buffer.alloc(3), 3, 1), { name: 'AppError', message })
    assert.throws(() => input.read(Buffer.alloc(3), -1), { name: 'AppError' })
    assert.throws(() => input.read(Buffer.alloc(3), 1, -1), { name: 'AppError' })
  })
}

test('the empty input is empty in every form, and cannot be moved or changed', async () => {
  assert.equal(EMPTY_INPUT.length, 0)
  assert.equal(EMPTY_INPUT.text(), '')
  assert.equal(EMPTY_INPUT.bytes().byteLength, 0)
  assert.deepEqual(await EMPTY_INPUT.stream().toArray(), [])
  assert.equal(EMPTY_INPUT.read(Buffer.alloc(1)), 0)
  assert.equal(EMPTY_INPUT.seek(0), true)
  assert.equal(EMPTY_INPUT.seek(1), false)
  assert.throws(() => Object.assign(EMPTY_INPUT, { user: 'of another request' }), TypeError)
})

test('an input whose file was cut throws instead of giving what is not there', async t => {
  const file = await open(join(temporaryFolder('input'), 'body'), 'wx+')
  t.after(() => file.close())
  const input = new BufferedInput(fileStore(file, 3))
  assert.throws(() => input.bytes(), /its temporary file is shorter than it was/)
  await assert.rejects(async () => await input.stream().toArray(), /shorter than it was/)
})

test('an input in a file that is streamed when its request ends is streamed to its end, and can then be read no more', async () => {
  const bytes = Buffer.alloc(1_000_000, 'x')
  const file = await open(join(temporaryFolder('input'), 'body'), 'wx+')
  await file.write(bytes)
  const store = fileStore(file, bytes.byteLength)
  const input = new BufferedInput(store)
  const reader = input[Symbol.asyncIterator]()
  let length = (await reader.next()).value!.byteLength
  await input.close!()
  for (let step = await reader.next(); step.done !== true; step = await reader.next()) length += step.value.byteLength
  assert.equal(length, bytes.byteLength)
  assert.equal(file.fd, -1)
  assert.throws(() => input.bytes(), /went with the request/)
  await assert.rejects(async () => await input.stream().toArray(), /went with the request/)
})
