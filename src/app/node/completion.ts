// What follows a write in a later tick, in Node's order: the write's callbacks ('finish' is one of them), then 'close'
// of a response that is complete, then the end of its request; or 'drain' of one that goes on. A tick belongs to one
// request, so that listeners run in its async context and a listener that throws takes no other request with it.
import type { Exchange, Peer } from '../handler.ts'
import { askForEnds } from '../request-channels.ts'
import { isFinishPublished, publishFinish } from './http-events.ts'
import type { GenuineRequest, GenuineResponse } from './internals.ts'
import { closeRequest, endRequest } from './request.ts'

/** From Node 24 on a request whose 'end' was told closes before its response, as seen beside node:http on each line. */
const CLOSES_REQUEST_FIRST = Number(process.versions.node.split('.', 1)[0]) >= 24

/** The socket of the response; it gives the next response its turn. */
interface ConcludingSocket {
  conclude(res: GenuineResponse): void
}

export type WriteCallback = (error?: Error | null) => void

export class Completion {
  readonly callbacks: WriteCallback[] = []
  /** What was written to. */
  readonly exchange: Exchange
  readonly #socket: ConcludingSocket
  readonly #req: GenuineRequest
  readonly #res: GenuineResponse
  /** Whether the answer was complete when this was the last thing to happen. */
  isLast = false
  isOver = false

  constructor(socket: ConcludingSocket, exchange: Exchange, req: GenuineRequest, res: GenuineResponse) {
    this.#socket = socket
    this.exchange = exchange
    this.#req = req
    this.#res = res
  }

  run(): void {
    const res = this.#res
    this.isOver = true
    if (this.isLast) {
      this.#socket.conclude(res)
      publishFinish(this.#req, res)
      const { endEmitted, closeEmitted } = this.#req._readableState
      endRequest(this.#req)
      // A tick later, as node:http: the errors of writes behind the end come in between.
      process.nextTick(CLOSES_REQUEST_FIRST && endEmitted && !closeEmitted ? settleLate : settle, res, this.#req)
    }
    // The answer has failed, or its client has gone: 'close' says so, and no callback may say that it was sent.
    if (res.destroyed) return
    for (const callback of this.callbacks) callback()
    if (!res.finished && res.writableNeedDrain) drain(res)
  }
}

/** For `process.nextTick`. The callback may overwrite the memory of what was sent, so it waits until the kernel has it. */
export function follow(completion: Completion): void {
  const room = completion.exchange.sendRaw()
  if (room === undefined) completion.run()
  else room.then(() => process.nextTick(follow, completion))
}

function settle(res: GenuineResponse, req: GenuineRequest): void {
  closeResponse(res)
  closeRequest(req)
}

/** As `settle`, behind the 'close' of a request whose 'end' was told before: that one is on its way. */
function settleLate(res: GenuineResponse, req: GenuineRequest): void {
  process.nextTick(settle, res, req)
}

/** The connection closes behind the answer of `res`: who listens for its end is still told who was at both ends, as by node:http. */
export function keepEnds(peer: Peer, res: GenuineResponse): void {
  if (isFinishPublished() || res.listenerCount('finish') > 0 || res.listenerCount('close') > 0) askForEnds(peer)
}

/** 'close' of a response, once. */
export function closeResponse(res: GenuineResponse): void {
  if (res._closed) return
  res.destroyed = true
  res._closed = true
  res.emit('close')
}

/** An empty write that waits in the response's own queue and is flushed: Node's way to its 'drain' event. */
function drain(res: GenuineResponse): void {
  res.outputData.push({ data: '', encoding: 'latin1', callback: null })
  res._flush()
}
