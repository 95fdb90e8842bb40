// Sends parts of an open file, no faster than the client takes them: one piece of it is in memory at a time.
import type { FileHandle } from 'node:fs/promises'
import type { Exchange } from '../../app/handler.ts'
import { returnMemory, takeMemory } from '../../memory/spare-memory.ts'
import type { ByteRange } from './ranges.ts'
import type { Representation } from './representation.ts'

/** Text between ranges of multipart/byteranges, or a range. */
export type Part = string | ByteRange

const PIECE_BYTES = 256 * 1024

/**
 * Sends the body of an answer whose head is sent, and ends it. False: the file has changed meanwhile, and the answer is cut before its
 * last byte, which nobody then takes for the whole.
 */
export async function sendParts(
  exchange: Exchange,
  file: Representation,
  handle: FileHandle,
  parts: readonly Part[],
): Promise<boolean> {
  const last = parts.findLast(part => typeof part !== 'string')
  for (const part of parts) {
    const isWhole =
      typeof part === 'string'
        ? await sendText(exchange, part)
        : await sendRange(exchange, file, handle, part, part === last)
    if (exchange.isGone) return true
    if (!isWhole) return false
  }
  exchange.end()
  return true
}

async function sendText(exchange: Exchange, text: string): Promise<boolean> {
  await exchange.write(text)
  return true
}

async function sendRange(
  exchange: Exchange,
  file: Representation,
  handle: FileHandle,
  { first, last }: ByteRange,
  isLast: boolean,
): Promise<boolean> {
  let position = first
  let memory = takeMemory(PIECE_BYTES)
  while (position <= last) {
    const wanted = Math.min(PIECE_BYTES, last - position + 1)
    const { bytesRead } = await handle.read(memory, 0, wanted, position)
    if (exchange.isGone) break
    if (bytesRead === 0) return false
    position += bytesRead
    if (isLast && position > last && !file.isStill(await handle.stat())) return false
    if (exchange.isGone) break
    await exchange.write(memory.subarray(0, bytesRead))
    // It may still wait in a queue.
    if (!exchange.isFlushed) memory = takeMemory(PIECE_BYTES)
  }
  if (!exchange.isGone) returnMemory(memory)
  return true
}
