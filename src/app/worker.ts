// What an application may know of the worker that it runs in, and of the others. The server puts it where every copy of this package
// finds it: the application may have another one than its server.

/** A way to the other workers. */
export interface Channel {
  /**
   * Sends `message` to the other workers. What structuredClone takes, 64 KiB at most: throws a DataCloneError or a RangeError. Never
   * waits: false when so much is under way that the message was dropped.
   */
  broadcast(message: unknown): boolean
  /** Calls `listener` for each message of another worker, until the function that it gives is called. */
  onMessage<Message = unknown>(listener: (message: Message) => void): () => void
}

/** The worker that this code runs in. */
export interface Worker extends Channel {
  /** 1 to `count`; with threads each has its own. A replacement has the number of the worker that it replaces. 0 outside Starlight. */
  readonly number: number
  /** How many workers there are to be, now. 1 outside Starlight. */
  readonly count: number
  /** Counts the reloads before this worker was started. */
  readonly generation: number
  /**
   * Whether this is the one that does what must be done once: true in one worker at most, of the newest generation, and in another one
   * soon after that has ended. Ask each time. True outside Starlight and without workers.
   */
  readonly isFirst: boolean
  /** Calls `step` when this worker ends, behind its last answer and before the application's `shutdown`; a promise is waited for. Never called outside Starlight. */
  onShutdown(step: () => unknown): void
  /** A way of its own, for libraries: only listeners on the channel of the same name hear its messages. */
  channel(name: string): Channel
}

const KEY = Symbol.for('starlight.worker')
const world = globalThis as { [KEY]?: Worker }

/** To be called by the server, before the application is loaded. */
export function enterWorker(place: Worker): void {
  world[KEY] = place
}

const NOWHERE: Worker = {
  number: 0,
  count: 1,
  generation: 0,
  isFirst: true,
  onShutdown: () => undefined,
  broadcast: () => true,
  onMessage: () => () => undefined,
  channel: () => NOWHERE,
}

const here = (): Worker => world[KEY] ?? NOWHERE

/** The worker that this code runs in; outside Starlight one that is alone. */
export const worker: Worker = {
  get number() {
    return here().number
  },
  get count() {
    return here().count
  },
  get generation() {
    return here().generation
  },
  get isFirst() {
    return here().isFirst
  },
  onShutdown: step => here().onShutdown(step),
  broadcast: message => here().broadcast(message),
  onMessage: listener => here().onMessage(listener),
  channel: name => here().channel(name),
}
