// Which frames of a Perl child fit now, and about which request. A child that forks has two processes on one connection, and
// what the late one says must never be taken for the answer to a later request.
import { FLAG, FRAME, type Frame } from './frames.ts'

/**
 * waiting: for a request. pending: nothing of its answer has come. body: its head has come. busy: all has come, the child still works.
 * The states of the child itself (perl/lib/Starlight/Host/State.pm) are these, some of them divided.
 */
export type Phase = 'waiting' | 'pending' | 'body' | 'busy'

/** What may come in each phase. `leave` may come at any time: it is about no request. */
const FITTING: Readonly<Record<Phase, readonly number[]>> = {
  waiting: [],
  // `idle` in place of an answer: the client had left before the application was called.
  pending: [FRAME.response, FRAME.inform, FRAME.want, FRAME.idle],
  body: [FRAME.data, FRAME.end, FRAME.want],
  busy: [FRAME.idle],
}

/** The request that a child works on, by its number, and how far its answer has come. */
export class Turn {
  /** Counted for each child, from 1 on; 0 before the first. */
  request = 0
  #phase: Phase = 'waiting'

  get phase(): Phase {
    return this.#phase
  }

  /** The next request. */
  begin(): void {
    this.request = this.request === 0xffffffff ? 1 : this.request + 1
    this.#phase = 'pending'
  }

  /** Takes a frame of the child in. Throws when it does not fit: it is about another request, or not what can come now. */
  take({ type, request, payload }: Frame): void {
    if (type === FRAME.leave && request === 0) return
    if (request !== this.request || !FITTING[this.#phase].includes(type)) {
      const name = type > 0x20 && type < 0x7f ? String.fromCharCode(type) : String(type)
      throw new Error(
        `Cannot take a frame "${name}" about request ${request} of the child: request ${this.request} is in phase "${this.#phase}"`,
      )
    }
    if (type === FRAME.response) this.#phase = phaseAfter(payload[2]!)
    else if (type === FRAME.end) this.#phase = phaseAfter(FLAG.last | payload[0]!)
    else if (type === FRAME.idle) this.#phase = 'waiting'
  }
}

function phaseAfter(flags: number): Phase {
  if ((flags & FLAG.last) === 0) return 'body'
  return (flags & FLAG.busy) === 0 ? 'waiting' : 'busy'
}
