// What a program can see of the light ReadableStream beside Node's. What it does is compared by stream.property.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { installLightGlobals } from '../../../../src/app/fetch/web/globals.ts'

const Native = ReadableStream
installLightGlobals()
const Light = ReadableStream

interface Source {
  start(controller: ReadableStreamDefaultController<string>): void
}

const source = (): Source => ({
  start(controller) {
    controller.enqueue('a')
    controller.enqueue('b')
    controller.close()
  },
})

test('a light stream is an instance of both classes, and is shown as one', () => {
  const stream = new Light<string>(source())
  assert.ok(stream instanceof Native)
  assert.ok(stream instanceof Light)
  assert.equal(stream.constructor, Light)
  assert.equal(Object.prototype.toString.call(stream), '[object ReadableStream]')
  assert.equal(inspect(stream), inspect(new Native(source())))
  assert.equal(Light.name, Native.name)
  assert.equal(Light.length, Native.length)
  assert.equal(Light.from, Native.from)
})

test('a subclass of the light class is one of the native class', () => {
  class Own extends Light<string> {
    readonly more = 1
  }
  const own = new Own(source())
  assert.ok(own instanceof Own && own instanceof Native)
  assert.equal(own.more, 1)
})

test('what the platform refuses is refused in its words', () => {
  const makers: ((Stream: typeof Light) => unknown)[] = [
    Stream => (Stream as unknown as () => unknown)(),
    Stream => new Stream(null as never),
    Stream => new Stream(5 as never),
    Stream => new Stream({ start: 5 } as never),
    Stream => new Stream({ type: 'words' } as never),
    Stream =>
      new Stream({
        start() {
          throw new RangeError('no')
        },
      }),
    Stream =>
      new Stream({
        start(controller) {
          controller.close()
          controller.enqueue(1)
        },
      }),
    Stream =>
      new Stream({
        start(controller) {
          controller.close()
          controller.close()
        },
      }),
  ]
  const failure = (call: () => unknown): string => {
    try {
      call()
      return 'none'
    } catch (cause) {
      return String(cause)
    }
  }
  for (const make of makers) {
    assert.equal(
      failure(() => make(Light)),
      failure(() => make(Native)),
    )
    assert.notEqual(
      failure(() => make(Light)),
      'none',
    )
  }
})

test('the controller is one of the platform, and says how much is wanted', () => {
  let controller: ReadableStreamDefaultController | undefined
  const stream = new Light({
    start(it) {
      controller = it
    },
  })
  assert.ok(controller instanceof ReadableStreamDefaultController)
  assert.equal(controller.desiredSize, 1)
  controller.enqueue('a')
  assert.equal(controller.desiredSize, 0)
  assert.equal(stream.locked, false)
  // Node's stream has taken over.
  controller.enqueue('b')
  assert.equal(controller.desiredSize, -1)
  controller.error(new RangeError('x'))
  assert.equal(controller.desiredSize, null)
})

test('sources of bytes and strategies are the platform\u2019s', async () => {
  const bytes = new Light({
    type: 'bytes',
    start(controller) {
      controller.enqueue(Uint8Array.of(1))
      controller.close()
    },
  })
  assert.deepEqual(await bytes.getReader({ mode: 'byob' }).read(new Uint8Array(1)), {
    done: false,
    value: Uint8Array.of(1),
  })
  let desired: number | null = 0
  const large = { highWaterMark: 7 }
  void new Light({ start: controller => void (desired = controller.desiredSize) }, large)
  assert.equal(desired, 7)
})

test('streams are piped, teed, iterated and read by a Response', async () => {
  const upper = new TransformStream<string, string>({
    transform: (piece, controller) => controller.enqueue(piece.toUpperCase()),
  })
  const all = async (stream: ReadableStream): Promise<string> => {
    let text = ''
    for await (const piece of stream) text += piece
    return text
  }
  assert.equal(await all(new Light<string>(source()).pipeThrough(upper)), 'AB')
  assert.deepEqual(await Promise.all(new Light<string>(source()).tee().map(all)), ['ab', 'ab'])
  assert.equal(await all(new Light<string>(source())), 'ab')
  assert.equal(await all(new Light<string>(source()).pipeThrough(new TransformStream())), 'ab')
  const response = new Response(new Light<string>(source()).pipeThrough(new TextEncoderStream()))
  assert.equal(await response.clone().text(), 'ab')
  assert.equal(await response.text(), 'ab')
})
