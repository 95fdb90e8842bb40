// Pieces of a body that is longer than a read are copies, since the read buffer is written over. Fresh memory for each costs more than
// the copying, and makes V8 collect garbage: where the user of a piece says when it is done with it, its memory is used again.
// 1 MiB posted to a Perl application: 1000 us of the worker's CPU in JavaScript and garbage collection, so 500.

/** Length of the memory of a piece, in bytes: the most that a read gives. */
const BLOCK = 65_536
/** In bytes. Smaller pieces would take memory that they do not need. */
const LEAST = 16_384
/** So many blocks may lie about unused: 4 MiB. */
const MOST_SPARE = 64
/**
 * Where a piece begins in its memory. Large memory begins 16 bytes into a page, the read buffer's as well, and between places that
 * are equal modulo 4096 some processors copy many times as slowly.
 */
const SHIFT = 2048

const spare: Uint8Array[] = []
/** All blocks, and whether one is spare. */
const blocks = new WeakMap<ArrayBufferLike, boolean>()
/** Without released pieces blocks would only be larger than their pieces. */
let isReleased = false

/** A copy of bytes, for somebody who may keep it. */
export function pieceOf(bytes: Uint8Array): Uint8Array {
  if (!isReleased || bytes.byteLength < LEAST || bytes.byteLength > BLOCK) return Buffer.from(bytes)
  const block = spare.pop() ?? Buffer.allocUnsafeSlow(SHIFT + BLOCK)
  blocks.set(block.buffer, false)
  block.set(bytes, SHIFT)
  return block.subarray(SHIFT, SHIFT + bytes.byteLength)
}

/** These pieces are no longer in use. Unknown ones, and ones that were released before, are ignored. */
export function releasePieces(pieces: readonly Uint8Array[]): void {
  isReleased = true
  for (const { buffer } of pieces) {
    if (blocks.get(buffer) !== false || spare.length >= MOST_SPARE) continue
    blocks.set(buffer, true)
    spare.push(new Uint8Array(buffer))
  }
}
