// What can be done to an object with a body, for the properties of Request and Response.
import fc from 'fast-check'
import { type Outcome, settled } from './properties.ts'

/** What to do with the object of number `on`, counted around. */
export interface Step {
  readonly member: string
  readonly on: number
  readonly wait: boolean
}

const OF_ALL = [
  ...['text', 'json', 'bytes', 'arrayBuffer', 'blob', 'formData'],
  ...['text', 'bytes', 'clone', 'clone', 'state', 'state', 'body', 'body'],
  ...['getReader', 'byob', 'read', 'read', 'releaseLock', 'cancel', 'cancel reader', 'tee', 'iterate', 'pipeThrough'],
]

/** Lists of steps; `members` are those that the caller performs himself. */
export function stepsOf(members: readonly string[]): fc.Arbitrary<Step[]> {
  const member = fc.constantFrom(...OF_ALL, ...members)
  return fc.array(fc.record({ member, on: fc.nat({ max: 3 }), wait: fc.boolean() }), { maxLength: 8 })
}

type WithBody = Request | Response

/** Performs steps and notes what each gave. New objects, streams and readers join their lists. */
export class Steps<T extends WithBody> {
  readonly objects: T[] = []
  readonly #streams: ReadableStream[] = []
  readonly #readers: ReadableStreamDefaultReader[] = []
  readonly #trace: Promise<Outcome>[] = []

  /** What all calls gave, in their order. */
  get trace(): Promise<Outcome[]> {
    return Promise.all(this.#trace)
  }

  note(call: () => unknown): Promise<Outcome> {
    // Async: a body that is being read must not hold the other calls up.
    const done = settled(call)
    this.#trace.push(done)
    return done
  }

  /** `other` performs the members that are not known here. */
  async perform(steps: readonly Step[], other: (member: string, object: T, on: number) => unknown): Promise<void> {
    for (const { member, on, wait } of steps) {
      // The platform asks for the type of the body once it has read it, here it is asked for before.
      if (member === 'retype') await this.trace
      const object = at(this.objects, on) as T
      const done = this.note(() => this.#onBody(member, object, on, () => other(member, object, on)))
      if (wait) await done
    }
  }

  #onBody(member: string, object: T, on: number, other: () => unknown): unknown {
    switch (member) {
      case 'clone':
        return void this.objects.push(object.clone() as T)
      case 'state':
        return this.objects.map(it => [it.bodyUsed, it.body === null ? null : it.body.locked])
      case 'body':
        if (object.body === null) return null
        return this.#streams.includes(object.body) || void this.#streams.push(object.body)
      case 'text':
      case 'json':
      case 'bytes':
      case 'arrayBuffer':
      case 'blob':
      case 'formData':
        return object[member as 'text']().then(shown)
      default:
        return this.#onStream(member, on, other)
    }
  }

  #onStream(member: string, on: number, other: () => unknown): unknown {
    const stream = at(this.#streams, on)
    const reader = at(this.#readers, on)
    switch (member) {
      case 'getReader':
        return stream === undefined ? undefined : void this.#readers.push(stream.getReader())
      case 'byob':
        return stream === undefined ? undefined : byob(stream)
      case 'read':
        return reader?.read().then(shown)
      case 'releaseLock':
        return reader?.releaseLock()
      case 'cancel':
        // It ends when both halves of a stream are cancelled, which may be never.
        return void stream?.cancel('enough').catch(() => undefined)
      case 'cancel reader':
        return void reader?.cancel('enough').catch(() => undefined)
      case 'tee':
        return stream === undefined ? undefined : void this.#streams.push(...stream.tee())
      case 'iterate':
        return stream === undefined ? undefined : iterate(stream)
      case 'pipeThrough':
        return stream === undefined ? undefined : void this.#streams.push(stream.pipeThrough(new TransformStream()))
      default:
        return other()
    }
  }
}

function at<T>(list: readonly T[], on: number): T | undefined {
  return list[on % Math.max(1, list.length)]
}

/** A text without what differs from one form to the next: its boundary. */
export function withoutBoundary(text: string): string {
  return text.replaceAll(/undici-\d+/g, 'undici')
}

/** What was read, as plain data. */
export async function shown(result: unknown): Promise<unknown> {
  if (typeof result === 'string' && result.length > 1000) return [result.length, result.slice(0, 5), result.slice(-5)]
  if (typeof result === 'string') return withoutBoundary(result)
  if (result instanceof Blob) return ['Blob', withoutBoundary(result.type), await shown(await result.text())]
  if (result instanceof Uint8Array || result instanceof ArrayBuffer)
    return [result.constructor.name, await shown(Buffer.from(result as ArrayBuffer).toString('latin1'))]
  if (result instanceof FormData)
    return Promise.all([...result].map(async ([name, value]) => [await shown(name), await shown(value)]))
  if (typeof result === 'object' && result !== null && 'done' in result)
    return [result.done, await shown((result as { value?: unknown }).value)]
  return result
}

async function byob(stream: ReadableStream): Promise<unknown> {
  const reader = stream.getReader({ mode: 'byob' })
  const first = await reader.read(new Uint8Array(4))
  reader.releaseLock()
  return shown(first)
}

async function iterate(stream: ReadableStream): Promise<unknown> {
  const pieces: unknown[] = []
  for await (const piece of stream) pieces.push(await shown(piece))
  return pieces
}
