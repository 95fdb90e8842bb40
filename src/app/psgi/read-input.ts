// Reads a whole request body before the app is called: in memory while it is small, else in a temporary file. The file is
// unlinked as soon as it is open, so nothing is left behind however the process ends, and no other process can open it.
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { releasePieces } from '../../memory/buffer-pool.ts'
import { GrowingBytes } from '../../memory/growing-bytes.ts'
import type { AppContext, Exchange } from '../handler.ts'
import { fileStore, MemoryStore } from './byte-store.ts'
import { BufferedInput } from './input.ts'

type Spool = AppContext['spool']

/** The body of `exchange`: at once when it has come with its head, else by promise. Rejects as `exchange.read` does. */
export function readInput(exchange: Exchange, spool: Spool): BufferedInput | Promise<BufferedInput> {
  const memory = new GrowingBytes(exchange.contentLength ?? 0)
  const pending = takeReady(exchange, memory, memoryLimit(exchange, spool))
  return pending === null ? new BufferedInput(new MemoryStore(memory.pieces)) : readOn(exchange, spool, memory, pending)
}

const FULL = 'full'
/** Larger writes cost less: 100 MiB in pieces of 256 KiB take 60 ms of CPU, in pieces of this size 40, of 1 MiB 35. */
const WRITE_BYTES = 524_288

/** A body that is known to be too large goes to the file from its beginning on, in large writes. */
function memoryLimit(exchange: Exchange, spool: Spool): number {
  const isLarge = exchange.contentLength !== undefined && exchange.contentLength > spool.memoryBytes
  return isLarge ? Math.min(WRITE_BYTES, spool.memoryBytes) : spool.memoryBytes
}

/** Takes what is there without waiting: null at the end, else what to wait for, or that there is more than `limit`. */
function takeReady(
  exchange: Exchange,
  memory: GrowingBytes,
  limit: number,
): null | Promise<Uint8Array | null> | typeof FULL {
  while (memory.length <= limit) {
    const piece = exchange.read()
    if (piece === null || piece instanceof Promise) return piece
    memory.append(piece)
  }
  return FULL
}

async function readOn(
  exchange: Exchange,
  spool: Spool,
  memory: GrowingBytes,
  pending: Promise<Uint8Array | null> | typeof FULL,
): Promise<BufferedInput> {
  const limit = memoryLimit(exchange, spool)
  const file = new SpoolFile(spool.directory)
  try {
    for (let next: typeof pending | null = pending; next !== null; ) {
      if (next === FULL) {
        await file.append(memory.pieces)
        memory.clear()
      } else {
        const piece = await next
        if (piece === null) break
        memory.append(piece)
      }
      next = takeReady(exchange, memory, file.length === 0 ? limit : WRITE_BYTES)
    }
    if (file.length === 0) return new BufferedInput(new MemoryStore(memory.pieces))
    return new BufferedInput(await file.finish(memory.pieces))
  } catch (cause) {
    await file.discard()
    throw cause
  }
}

class SpoolFile {
  readonly #directory: string
  #handle: FileHandle | undefined
  length = 0

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Writes pieces of a body, which must no longer be in use. */
  async append(pieces: readonly Uint8Array[]): Promise<void> {
    try {
      this.#handle ??= await openUnnamed(this.#directory)
      for (let left = pieces; left.length > 0; ) {
        const { bytesWritten } = await this.#handle.writev(left, this.length)
        this.length += bytesWritten
        left = behind(left, bytesWritten)
      }
      releasePieces(pieces)
    } catch (cause) {
      throw new Error(`Cannot keep the request body in "${this.#directory}": a temporary file is needed`, { cause })
    }
  }

  async finish(rest: readonly Uint8Array[]): Promise<ReturnType<typeof fileStore>> {
    await this.append(rest)
    return fileStore(this.#handle!, this.length)
  }

  async discard(): Promise<void> {
    await this.#handle?.close()
  }
}

/** What of `pieces` is behind their first `count` bytes. */
function behind(pieces: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let at = 0
  for (; at < pieces.length && count >= pieces[at]!.byteLength; at++) count -= pieces[at]!.byteLength
  return count === 0 ? pieces.slice(at) : [pieces[at]!.subarray(count), ...pieces.slice(at + 1)]
}

/** Readable by its owner only, even for the moment that it has a name. */
async function openUnnamed(directory: string): Promise<FileHandle> {
  // Not imported above: half a megabyte for each worker, and most never see a body that large.
  const { randomBytes } = process.getBuiltinModule('node:crypto')
  const path = join(directory, `starlight-${process.pid}-${randomBytes(8).toString('hex')}`)
  const handle = await open(path, 'wx+', 0o600)
  await unlink(path)
  return handle
}
