// `new Response(response.body, response)` is how middleware changes the fields of a response. A real stream for that costs 3 to
// 20 us, and turns a string of known length into pieces. So `body` of known content is a stream that becomes real when it is used:
// Node keeps the state of a ReadableStream in a few symbol properties, and here these are getters that make the real stream first.
// The same stands for the stream of an application's own source until somebody else than the server reads it.
import { BodyCopy } from './body-copy.ts'
import { byteStream, closeStream, spentStream } from './byte-stream.ts'
import { LightController, nativeOfSource, nativeStream } from './light-source.ts'

/** What a response has for a body when it needs no stream; null is no body. */
export type Content = string | Uint8Array | BodyCopy | null

/** A ReadableStream that gives `content`. */
export let streamContent: (content: NonNullable<Content>) => ReadableStream
/** Whether this Node has a place for streams of ours. */
export let canStandIn: () => boolean
/** A ReadableStream of an application's source; only where `canStandIn`. */
export let streamOfSource: (source: LightController) => ReadableStream
/** What a stream of ours gives to its first reader; undefined for other streams. */
export let contentOf: (stream: ReadableStream) => Content | undefined
/** The source of a stream of which nothing has been asked, for its only reader: to all others it is locked from now on. */
export let takeSource: (stream: ReadableStream) => LightController | undefined
/** Whether nothing at all has been asked of this stream of ours. */
export let isUntouched: (stream: ReadableStream) => boolean

class LazyStream {
  readonly #content: NonNullable<Content> | LightController
  #real: ReadableStream | undefined
  #isTaken = false

  constructor(content: NonNullable<Content> | LightController) {
    this.#content = content
  }

  static {
    const realOf = (self: LazyStream): ReadableStream => {
      self.#real ??= self.#isTaken ? spentStream() : realStream(self.#content)
      return self.#real
    }
    isUntouched = stream => #real in stream && stream.#real === undefined && !stream.#isTaken
    contentOf = stream => {
      const content = #real in stream ? stream.#content : undefined
      return content instanceof LightController ? undefined : content
    }
    takeSource = stream => {
      if (!(#real in stream) || !isUntouched(stream) || !(stream.#content instanceof LightController)) return undefined
      stream.#isTaken = true
      return stream.#content
    }
    let isPrepared: boolean | undefined
    // Not before the first use: loading Node's streams takes time and memory.
    canStandIn = () => {
      isPrepared ??= becomeStream(LazyStream.prototype, realOf)
      return isPrepared
    }
    streamContent = content =>
      canStandIn() ? (new LazyStream(content) as unknown as ReadableStream) : realStream(content)
    streamOfSource = source => new LazyStream(source) as unknown as ReadableStream
  }
}

const encoder = new TextEncoder()

function realStream(content: NonNullable<Content> | LightController): ReadableStream {
  if (content instanceof LightController) return nativeOfSource(content)
  return byteStream({
    type: 'bytes',
    async pull(controller) {
      // A copy: the reader may take the bytes' memory away.
      const bytes = typeof content === 'string' ? encoder.encode(content) : new Uint8Array(contents(content))
      if (bytes.byteLength > 0) controller.enqueue(bytes)
      closeStream(controller)
    },
  })
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
  Object.setPrototypeOf(prototype, nativeStream().prototype)
  return true
}
