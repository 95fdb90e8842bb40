// The times of one connection: which of them run, which is over first, and when. connection.ts does what the end of each asks for.
//
//   time        runs while                                                     its end
//   first-byte  an accepted connection says nothing                            close
//   head        a head has begun                                               408
//   keep-alive  no next request has begun                                      close
//   response    the response has not begun                                     504
//   departure   a client that has closed its sending side takes nothing        the exchange is abandoned
//   body        the application waits for the next piece of the body           408
//   unread      the response is complete, and the body is not read on          the rest of the body is let go
//   discard     the rest of a body is dropped to find the next request         lingering close
//   handshake   the server leaves, and a WebSocket's is not over               the WebSocket is looked at again
//   stall       a WebSocket is open                                            cut, if its client takes nothing
//   write       the last response is on its way                                destroy
//   linger      the client has not closed its side yet                         destroy
//
// One runs at a time; beside `body` and `unread`, those of the exchange (`response` and `departure`) go on.

import type { ServerContext } from '../server-context.ts'
import { LAST_LINGER_QUIET_MS, LINGER_MS, LINGER_QUIET_MS, QUIET_MS } from '../settings.ts'
import { HANDSHAKE_PAUSE_MS } from './going-away.ts'

export type Deadline =
  | 'none'
  | 'first-byte'
  | 'head'
  | 'keep-alive'
  | 'response'
  | 'departure'
  | 'body'
  | 'unread'
  | 'discard'
  | 'handshake'
  | 'stall'
  | 'write'
  | 'linger'

export class Deadlines {
  /** When the first of those that run is over, in the clock's time; Infinity when none runs. */
  first: number = Infinity
  readonly #context: ServerContext
  /** The one that runs, beside those of the exchange, and its end. */
  #running: Deadline = 'none'
  #end = Infinity
  #responseEnd = Infinity
  #departureEnd = Infinity
  /** When what comes to be dropped has to be over, however steadily it comes. */
  #dropEnd = Infinity

  constructor(context: ServerContext) {
    this.#context = context
  }

  /** The connection is accepted. */
  awaitFirstByte(): void {
    const { clock, settings } = this.#context
    this.#runAlone('first-byte', clock.after(settings.headTimeoutMs))
  }

  /** All that has come is read, and it was no whole head. */
  awaitHead(hasBegun: boolean): void {
    const { clock, settings, isDraining } = this.#context
    if (hasBegun) {
      // Set once per head: a drip must not move it.
      if (this.#running !== 'head') this.#runAlone('head', clock.after(settings.headTimeoutMs))
    } else if (this.#running !== 'first-byte') {
      this.#runAlone('keep-alive', clock.after(isDraining ? QUIET_MS : settings.keepaliveTimeoutMs))
    }
  }

  /** Draining has begun: an idle connection gets a quiet moment, because a request may be on its way already. */
  shortenIdle(): void {
    const running = this.#running === 'none' ? 'keep-alive' : this.#running
    this.#runAlone(running, Math.min(this.#end, this.#context.clock.after(QUIET_MS)))
  }

  /** A request has come. */
  awaitResponse(): void {
    const { clock, settings } = this.#context
    const end = clock.after(settings.requestTimeoutMs)
    this.#running = 'none'
    this.#end = Infinity
    this.#responseEnd = end
    this.#departureEnd = Infinity
    this.first = end
  }

  /** The client has closed its sending side and counts as gone at `end`. */
  awaitDeparture(end: number): void {
    this.#departureEnd = end
    this.#findFirst()
  }

  /** The application waits for the body until `end`. */
  awaitBody(end: number): void {
    this.#runBeside('body', end)
  }

  /** What the application waited for has come. */
  bodyCame(): void {
    this.#runBeside('none', Infinity)
  }

  /** The response is complete, the body is read on: by an application that waits for it, or is given time to do so. */
  awaitReader(isWaiting: boolean): void {
    const { clock, settings } = this.#context
    this.#responseEnd = Infinity
    this.#departureEnd = Infinity
    if (isWaiting) this.#findFirst()
    else this.#runBeside('unread', clock.after(settings.keepaliveTimeoutMs))
  }

  /** The client of a WebSocket is to be told that the server leaves, which is too early yet. */
  awaitHandshake(): void {
    this.#runAlone('handshake', this.#context.clock.after(HANDSHAKE_PAUSE_MS))
  }

  /** A WebSocket is open: what is sent to it has to be taken. */
  awaitTaking(): void {
    const { clock, settings } = this.#context
    this.#runAlone('stall', clock.after(settings.writeTimeoutMs))
  }

  /** While the response is on its way, the client has the time of a write. */
  awaitLastWrite(): void {
    const { clock, settings } = this.#context
    this.#runAlone('write', clock.after(settings.writeTimeoutMs))
  }

  /** What comes from now on is dropped. */
  startDropping(why: 'discard' | 'linger'): void {
    this.#dropEnd = this.#context.clock.after(LINGER_MS)
    this.keepDropping(why)
  }

  /** What comes next is dropped as well, and must not be long in coming. */
  keepDropping(why: 'discard' | 'linger'): void {
    const { clock, isDraining } = this.#context
    const quietMs = isDraining ? LAST_LINGER_QUIET_MS : LINGER_QUIET_MS
    this.#runAlone(why, Math.min(this.#dropEnd, clock.after(quietMs)))
  }

  stop(): void {
    this.#runAlone('none', Infinity)
  }

  /** The one that is over, which runs no longer. */
  expire(): Deadline {
    const { time } = this.#context.clock
    let over = this.#running
    if (this.#departureEnd <= time) {
      over = 'departure'
      this.#departureEnd = Infinity
    } else if (this.#responseEnd <= time) {
      over = 'response'
      this.#responseEnd = Infinity
    } else {
      this.#running = 'none'
      this.#end = Infinity
    }
    this.#findFirst()
    return over
  }

  #runAlone(deadline: Deadline, end: number): void {
    this.#running = deadline
    this.#end = end
    this.#responseEnd = Infinity
    this.#departureEnd = Infinity
    this.first = end
  }

  #runBeside(deadline: Deadline, end: number): void {
    this.#running = deadline
    this.#end = end
    this.#findFirst()
  }

  #findFirst(): void {
    this.first = Math.min(this.#end, this.#responseEnd, this.#departureEnd)
  }
}
