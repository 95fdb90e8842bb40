// This worker among the others, as its application sees it (`worker` of the package).
import { deserialize, serialize } from 'node:v8'
import type { Step } from '../../app/load/load-app.ts'
import { type Channel, enterWorker, type Worker } from '../../app/worker.ts'
import { announceWorker } from '../../config/sources/sources.ts'
import type { Log } from '../../log/log.ts'
import { LONGEST_MESSAGE, MOST_UNDER_WAY, type Place } from '../ipc/messages.ts'

const LONGEST_NAME = 255
/** What v8.serialize gives begins with 0xff. */
const HAS_CHANNEL = 0

/** Sends to the other workers; `sent` is called when the message has left. `dropped`: how many could not since the last one. */
export type Broadcast = (content: Uint8Array, dropped: number, sent: () => void) => void

export class OwnPlace implements Worker {
  readonly #log: Pick<Log, 'error'>
  readonly #send: Broadcast | undefined
  #place: Place
  #isLeaving = false
  #underWay = 0
  #dropped = 0
  readonly #steps: Step[] = []
  /** By the channel's name; '' is everybody's. */
  readonly #listeners = new Map<string, Set<(message: unknown) => void>>()

  /** `send`: undefined where there are no others. */
  constructor(place: Place, log: Pick<Log, 'error'>, send?: Broadcast) {
    this.#place = place
    this.#log = log
    this.#send = send
  }

  /** Shows it to the application. To be called before that is loaded. */
  enter(): void {
    enterWorker(this)
    announceWorker(this.number)
  }

  get number(): number {
    return this.#place.number
  }

  get count(): number {
    return this.#place.count
  }

  get generation(): number {
    return this.#place.generation
  }

  get isFirst(): boolean {
    return this.#place.isFirst && !this.#isLeaving
  }

  readonly onShutdown = (run: () => unknown): void => {
    this.#steps.push({ name: 'onShutdown function', run })
  }

  readonly broadcast = (message: unknown): boolean => this.#broadcast(message, '')

  readonly onMessage = <Message = unknown>(listener: (message: Message) => void): (() => void) =>
    this.#listen(listener, '')

  readonly channel = (name: string): Channel => {
    if (name === '' || Buffer.byteLength(name) > LONGEST_NAME)
      throw new RangeError(`Cannot name a channel "${name}": 1 to ${LONGEST_NAME} bytes are possible`)
    return {
      broadcast: message => this.#broadcast(message, name),
      onMessage: listener => this.#listen(listener, name),
    }
  }

  #broadcast(message: unknown, channel: string): boolean {
    const content = contentOf(message, channel)
    if (content.byteLength > LONGEST_MESSAGE)
      throw new RangeError(`Cannot broadcast ${content.byteLength} bytes: ${LONGEST_MESSAGE} at most are possible`)
    if (this.#send === undefined) return true
    if (this.#underWay + content.byteLength > MOST_UNDER_WAY) {
      this.#dropped++
      return false
    }
    this.#underWay += content.byteLength
    this.#send(content, this.#dropped, () => {
      this.#underWay -= content.byteLength
    })
    this.#dropped = 0
    return true
  }

  #listen<Message>(listener: (message: Message) => void, channel: string): () => void {
    // Each call is one of its own, also with the same function.
    const own = (message: unknown): void => listener(message as Message)
    const listeners = this.#listeners.get(channel) ?? new Set()
    this.#listeners.set(channel, listeners.add(own))
    return () => void listeners.delete(own)
  }

  /** A message of another worker. Its listeners fail one by one. */
  hear(content: Uint8Array): void {
    const { channel, message } = partsOf(content)
    for (const listener of this.#listeners.get(channel) ?? []) {
      try {
        listener(deserialize(message))
      } catch (error) {
        this.#log.error('The application failed on a message of another worker', error)
      }
    }
  }

  move(change: Pick<Place, 'count' | 'isFirst'>): void {
    this.#place = { ...this.#place, ...change }
  }

  /** It is the first no more, whatever is said from now on. */
  leave(): void {
    this.#isLeaving = true
  }

  /** What the application has asked for, at its end. */
  get endings(): readonly Step[] {
    return this.#steps
  }
}

function contentOf(message: unknown, channel: string): Uint8Array {
  const content = serialize(message)
  if (channel === '') return content
  const name = Buffer.from(channel)
  return Buffer.concat([Buffer.of(HAS_CHANNEL, name.byteLength), name, content])
}

function partsOf(content: Uint8Array): { readonly channel: string; readonly message: Uint8Array } {
  if (content[0] !== HAS_CHANNEL) return { channel: '', message: content }
  const begin = 2 + (content[1] as number)
  return { channel: Buffer.from(content.subarray(2, begin)).toString(), message: content.subarray(begin) }
}
