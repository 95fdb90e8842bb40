// What `new ReadableStream({ start, pull, cancel })` does (Streams standard, 4.6), for a stream that only the server reads: chunks that
// are there are taken without a promise. Node's own needs 2 to 5 us for each chunk and 10 for the stream. As soon as anybody else looks at
// the stream, Node's takes over, with what has been queued.
import { Readable } from 'node:stream'

export interface SourceMethods {
  readonly start: ((controller: LightController) => unknown) | undefined
  readonly pull: ((controller: LightController) => unknown) | undefined
  readonly cancel: ((reason: unknown) => unknown) | undefined
}

export interface Read {
  readonly done: boolean
  readonly value: unknown
}

type NativeController = ReadableStreamDefaultController<unknown>
type Native = new (source: object, strategy?: object) => ReadableStream

const HIGH_WATER_MARK = 1
const DONE: Read = { done: true, value: undefined }
const nothing = (): void => undefined

//  readable -> closing            the source has ended, chunks are left
//  readable, closing -> closed
//  readable, closing -> errored
type State = 'readable' | 'closing' | 'closed' | 'errored'

/** The next chunk, or a promise of it when there is none yet. Throws, or rejects with, what the source has failed with. */
export let readSource: (source: LightController) => Read | Promise<Read>
export let cancelSource: (source: LightController, reason: unknown) => void
/** Node's stream in the place of the light one; asked for once. */
export let nativeOfSource: (source: LightController) => ReadableStream

/** Both the state of a light stream and the controller that its source is given. */
export class LightController {
  readonly #source: object
  #methods: SourceMethods | undefined
  #state: State = 'readable'
  #error: unknown
  #chunks: unknown[] = []
  /** The place of the first chunk in `#chunks`. */
  #at = 0
  /** Whether `start` or `pull` goes on, and the end of it. */
  #isBusy = true
  #busy: Promise<unknown> | undefined
  #pullsAgain = false
  #hasPulled = false
  /** A read that found nothing. */
  #waiting: { readonly resolve: (read: Read) => void; readonly reject: (cause: unknown) => void } | undefined
  /** The controller of Node's stream, once that has taken over. */
  #real: NativeController | undefined

  constructor(source: object, methods: SourceMethods) {
    this.#source = source
    this.#methods = methods
    const started = methods.start?.call(source, this)
    // Without `pull` nothing comes behind a start that is over.
    if (started === undefined && methods.pull === undefined) {
      this.#isBusy = false
      return
    }
    this.#whenDone(Promise.resolve(started), true)
    // Node's stream waits as long for a start that is over, without a promise.
    if (started === undefined) this.#busy = undefined
  }

  get desiredSize(): number | null {
    if (this.#real !== undefined) return this.#real.desiredSize
    if (this.#state === 'errored') return null
    return this.#state === 'closed' ? 0 : HIGH_WATER_MARK - this.#length
  }

  enqueue(chunk: unknown = undefined): void {
    if (this.#real !== undefined) this.#real.enqueue(chunk)
    else if (this.#state !== 'readable') ended().enqueue(chunk)
    else if (this.#waiting === undefined) this.#chunks.push(chunk)
    else this.#answer({ done: false, value: chunk })
    this.#pullIfNeeded()
  }

  close(): void {
    if (this.#real !== undefined) this.#real.close()
    else if (this.#state !== 'readable') ended().close()
    else if (this.#length > 0) this.#state = 'closing'
    else this.#close()
  }

  error(cause: unknown = undefined): void {
    if (this.#real !== undefined) {
      this.#real.error(cause)
      return
    }
    if (this.#state !== 'readable' && this.#state !== 'closing') return
    this.#state = 'errored'
    this.#error = cause
    this.#forget()
    this.#waiting?.reject(cause)
    this.#waiting = undefined
  }

  static {
    readSource = self => self.#read()
    cancelSource = (self, reason) => self.#cancel(reason)
    nativeOfSource = self => self.#becomeNative()
  }

  get #length(): number {
    return this.#chunks.length - this.#at
  }

  #read(): Read | Promise<Read> {
    if (this.#length > 0) {
      const read: Read = { done: false, value: this.#shift() }
      const isPulling = this.#isBusy
      if (this.#state === 'closing' && this.#length === 0) this.#close()
      else this.#pullIfNeeded()
      // So that a pull may end between two reads, as it does in Node's stream: two calls during one pull are one more pull.
      return isPulling ? Promise.resolve(read) : read
    }
    if (this.#state === 'closed') return DONE
    if (this.#state === 'errored') throw this.#error
    const read = new Promise<Read>((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
    this.#pullIfNeeded()
    return read
  }

  #shift(): unknown {
    const chunk = this.#chunks[this.#at]
    this.#chunks[this.#at++] = undefined
    if (this.#at === this.#chunks.length) {
      this.#chunks.length = 0
      this.#at = 0
    }
    return chunk
  }

  #cancel(reason: unknown): void {
    if (this.#state === 'closed' || this.#state === 'errored') return
    const cancel = this.#methods?.cancel
    this.#close()
    try {
      const cancelled = cancel?.call(this.#source, reason)
      // The stream's own trouble with being cancelled is of no use to anybody any more.
      if (cancelled !== undefined) Promise.resolve(cancelled).catch(nothing)
    } catch {
      // As above.
    }
  }

  #answer(read: Read): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve(read)
  }

  #close(): void {
    this.#state = 'closed'
    this.#forget()
    this.#answer(DONE)
  }

  #forget(): void {
    this.#chunks.length = 0
    this.#at = 0
    this.#methods = undefined
  }

  /** "ReadableStreamDefaultControllerCallPullIfNeeded". */
  #pullIfNeeded(): void {
    const pull = this.#methods?.pull
    if (pull === undefined || this.#state !== 'readable' || this.#real !== undefined) return
    if (this.#waiting === undefined && this.#length >= HIGH_WATER_MARK) return
    if (this.#isBusy) {
      this.#pullsAgain = true
      return
    }
    let pulled: Promise<unknown>
    this.#isBusy = true
    this.#hasPulled = true
    this.#pullsAgain = false
    try {
      pulled = Promise.resolve(pull.call(this.#source, this))
    } catch (cause) {
      pulled = Promise.reject(cause)
    }
    this.#whenDone(pulled, false)
  }

  /** `start` or `pull` goes on until `promise` is kept. What was wanted during a `pull` is pulled then. */
  #whenDone(promise: Promise<unknown>, isStart: boolean): void {
    this.#busy = promise
    promise.then(
      () => {
        this.#isBusy = false
        this.#busy = undefined
        if (isStart || this.#pullsAgain) this.#pullIfNeeded()
      },
      cause => this.error(cause),
    )
  }

  #becomeNative(): ReadableStream {
    const { pull, cancel } = this.#methods ?? {}
    const start = (controller: NativeController): Promise<unknown> | undefined => {
      for (const chunk of this.#chunks.slice(this.#at)) controller.enqueue(chunk)
      if (this.#state === 'closing' || this.#state === 'closed') controller.close()
      if (this.#state === 'errored') controller.error(this.#error)
      this.#real = controller
      return this.#busy
    }
    // Node's stream pulls when it has started. What has been pulled already is not pulled again, unless somebody reads.
    let isPulled = this.#hasPulled
    const pullOn = (): unknown => {
      const isOnceMore = isPulled && !Readable.isDisturbed(native as unknown as Readable)
      isPulled = false
      return isOnceMore ? undefined : pull?.call(this.#source, this)
    }
    const native = new (nativeStream())({
      start,
      ...(pull === undefined ? {} : { pull: pullOn }),
      ...(cancel === undefined ? {} : { cancel: (reason: unknown) => cancel.call(this.#source, reason) }),
    })
    this.#chunks.length = 0
    return native
  }
}

let native: Native | undefined

/** The class of Node, whatever the global is. */
export function nativeStream(): Native {
  // To ask for the global can call `useNativeStream`, and gives a class of ours then.
  if (native === undefined) useWhereNone(ReadableStream as unknown as Native)
  return native!
}

function useWhereNone(found: Native): void {
  native ??= found
}

export function useNativeStream(found: Native): void {
  native = found
}

/** A controller of Node whose stream has ended: it refuses in the words of the platform. */
function ended(): NativeController {
  let controller: NativeController | undefined
  ;new (nativeStream())({
    start(it: NativeController) {
      it.close()
      controller = it
    },
  })
  return controller as NativeController
}
