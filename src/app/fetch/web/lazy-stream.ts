// `new Response(response.body, response)` is how middleware changes the fields of a response. A real stream for that costs 3 to
// 20 us, and turns a string of known length into pieces. So `body` of known content is a stream that becomes real when it is used:
// Node keeps the state of a ReadableStream in a few symbol properties, and here these are getters that make the real stream first.
import { BodyCopy } from './body-copy.ts'
import { byteStream, closeStream } from './byte-stream.ts'

/** What a response has for a body when it needs no stream; null is no body. */
export type Content = string | Uint8Array | BodyCopy | null

/** A ReadableStream that gives `content`. */
export let streamContent: (content: NonNullable<Content>) => ReadableStream
/** What a stream of ours gives to its first reader; undefined for other streams. */
export let contentOf: (stream: ReadableStream) => Content | undefined
/** Whether nothing at all has been asked of this stream of ours. */
export let isUntouched: (stream: ReadableStream) => boolean

class LazyStream {
  readonly #content: NonNullable<Content>
  #real: ReadableStream | undefined

  constructor(content: NonNullable<Content>) {
    this.#content = content
  }

  static {
    const encoder = new TextEncoder()
    const realOf = (self: LazyStream): ReadableStream => {
      const content = self.#content
      self.#real ??= byteStream({
        type: 'bytes',
        async pull(controller) {
          // A copy: the reader may take the bytes' memory away.
          const bytes = typeof content === 'string' ? encoder.encode(content) : new Uint8Array(contents(content))
          if (bytes.byteLength > 0) controller.enqueue(bytes)
          closeStream(controller)
        },
      })
      return self.#real
    }
    isUntouched = stream => #real in stream && stream.#real === undefined
    contentOf = stream => (#real in stream ? stream.#content : undefined)
    let isPrepared = false
    streamContent = content => {
      const stream = new LazyStream(content)
      // Not before the first use: loading Node's streams takes time and memory.
      if (!isPrepared) isPrepared = becomeStream(LazyStream.prototype, realOf)
      return isPrepared ? (stream as unknown as ReadableStream) : realOf(stream)
    }
  }
}

/** Content for somebody who copies it at once. */
export function contents<C>(content: C): Exclude<C, BodyCopy> | Uint8Array {
  return content instanceof BodyCopy ? content.look() : (content as Exclude<C, BodyCopy>)
}

/** Gives `prototype` the state of the stream that `realOf` makes; false when this Node keeps the state elsewhere. */
function becomeStream<T>(prototype: object, realOf: (self: T) => ReadableStream): boolean {
  const symbols = Object.getOwnPropertySymbols(byteStream({ type: 'bytes' }))
  if (!symbols.some(symbol => symbol.description === 'kState')) return false
  for (const symbol of symbols) {
    Object.defineProperty(prototype, symbol, {
      get(this: T) {
        return Reflect.get(realOf(this), symbol)
      },
      set(this: T, value: unknown) {
        Reflect.set(realOf(this), symbol, value)
      },
    })
  }
  Reflect.deleteProperty(prototype, 'constructor')
  Object.setPrototypeOf(prototype, ReadableStream.prototype)
  return true
}
