// Messages between workers that may be longer than one can be (64 KiB): they go in parts. For libraries that cannot choose how much they
// send; what is dropped on the way is dropped whole.
import { deserialize, serialize } from 'node:v8'
import { type Channel, worker } from './worker.ts'

interface Part {
  /** Who sends it, and which of its messages it belongs to. */
  readonly from: string
  readonly id: number
  readonly index: number
  readonly parts: number
  readonly bytes: Uint8Array
}

interface Begun {
  readonly id: number
  readonly bytes: readonly Uint8Array[]
}

/** Below the longest message by what stands around the bytes. */
const PART_BYTES = 60 * 1024
/** Senders of which a message is begun: one that ends in the middle leaves it behind. */
const MOST_BEGUN = 64

export class LargeMessages {
  readonly #channel: Channel
  readonly #from: string
  readonly #begun = new Map<string, Begun>()
  #sent = 0

  /** `name`: of the channel. `from`: a name that no other sender has. */
  constructor(name: string, from: string) {
    this.#channel = worker.channel(name)
    this.#from = from
  }

  /** Sends what structuredClone takes. False when it was dropped. */
  send(message: unknown): boolean {
    const content = serialize(message)
    const id = this.#sent++
    const parts = Math.ceil(content.byteLength / PART_BYTES)
    for (let index = 0; index < parts; index++) {
      const bytes = content.subarray(index * PART_BYTES, (index + 1) * PART_BYTES)
      if (!this.#channel.broadcast({ from: this.#from, id, index, parts, bytes })) return false
    }
    return true
  }

  /** Calls `listener` for each message of another worker, until the function that it gives is called. */
  onMessage<Message>(listener: (message: Message) => void): () => void {
    return this.#channel.onMessage<Part>(part => {
      const content = this.#take(part)
      if (content !== undefined) listener(deserialize(content) as Message)
    })
  }

  /** Parts of one sender come in their order; some may be missing. */
  #take({ from, id, index, parts, bytes }: Part): Uint8Array | undefined {
    if (parts === 1) return bytes
    const begun = index === 0 ? { id, bytes: [] } : this.#begun.get(from)
    this.#begun.delete(from)
    if (begun?.id !== id || begun.bytes.length !== index) return undefined
    const all = [...begun.bytes, bytes]
    if (all.length === parts) return Buffer.concat(all)
    this.#begun.set(from, { id, bytes: all })
    const [oldest = from] = this.#begun.keys()
    if (this.#begun.size > MOST_BEGUN) this.#begun.delete(oldest)
    return undefined
  }
}
