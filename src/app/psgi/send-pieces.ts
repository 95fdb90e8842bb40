// Sends a body piece by piece, no faster than the client takes it, and lets go of the source when the client has gone.

import { AppError } from '../errors.ts'
import type { Exchange } from '../handler.ts'
import { describe } from '../shared/describe-value.ts'
import { isThenable } from '../shared/is-thenable.ts'
import { type BodySource, stopSource } from './body-source.ts'

/** Writes what `source` gives and ends the answer, whose head is sent. Rejects with what the source throws. */
export async function sendPieces(exchange: Exchange, source: BodySource): Promise<void> {
  // The source may be silent for hours: it must not wait for its next piece to learn that the client has left.
  exchange.onGone = () => void stopSource(source)
  try {
    for (;;) {
      const step = source.next()
      const { done, value } = isThenable(step) ? await step : step
      if (!isWanted(exchange)) return await stopSource(source)
      if (done) break
      const room = writeChunk(exchange, value)
      if (room !== undefined) await room
    }
    exchange.end()
  } catch (cause) {
    await stopSource(source)
    // Most sources complain about being stopped.
    if (!exchange.isGone) throw cause
  } finally {
    exchange.onGone = undefined
  }
}

/** Writes one piece; nothing for an empty one. Throws an AppError when it is neither a string nor bytes. */
export function writeChunk(exchange: Exchange, chunk: unknown): Promise<void> | undefined {
  if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
    throw new AppError(`Cannot send the body: a piece is ${describe(chunk)}, a string or bytes are needed`)
  }
  return chunk.length === 0 ? undefined : exchange.write(chunk)
}

/** False when the client has gone, or the server has ended a body that is longer than its Content-Length. */
function isWanted(exchange: Exchange): boolean {
  return !exchange.isGone && exchange.state === 'body'
}
