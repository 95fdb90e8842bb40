// The encoders of node:zlib, with bounds for what each holds: a window of 512 KiB at the most.
import type * as zlib from 'node:zlib'
import type { Coding } from '../accept-encoding.ts'

export interface Encoder {
  readonly stream: zlib.BrotliCompress | zlib.Gzip
  /** The kind of flush that lets a client read all that was written. */
  readonly flushKind: number
}

type ZstdOptions = { readonly params: Readonly<Record<number, number>> }

/** Node 22.15, 23.8 and later have it. */
interface WithZstd {
  readonly createZstdCompress?: (options: ZstdOptions) => zlib.BrotliCompress
  readonly constants: Readonly<Record<string, number>>
}

const WINDOW_BITS = 19

/** Those of `codings` that this Node has. */
export function availableCodings(codings: readonly Coding[]): readonly Coding[] {
  return codings.filter(coding => coding !== 'zstd' || withZstd().createZstdCompress !== undefined)
}

/** `size`: bytes that will come; undefined when nobody knows. */
export function createEncoder(coding: Coding, size: number | undefined): Encoder {
  const { createGzip, createBrotliCompress, constants } = process.getBuiltinModule('node:zlib')
  if (coding === 'gzip') return { stream: createGzip({ level: 5 }), flushKind: constants.Z_SYNC_FLUSH }
  const bits = size === undefined ? WINDOW_BITS : Math.min(WINDOW_BITS, Math.max(16, Math.ceil(Math.log2(size + 1))))
  if (coding === 'br') {
    const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_OPERATION_FLUSH } = constants
    const params = { [BROTLI_PARAM_QUALITY]: 4, [BROTLI_PARAM_LGWIN]: bits }
    return { stream: createBrotliCompress({ params }), flushKind: BROTLI_OPERATION_FLUSH }
  }
  const { createZstdCompress, constants: zstd } = withZstd()
  const { ZSTD_c_compressionLevel: level, ZSTD_c_windowLog: window, ZSTD_e_flush: flushKind } = zstd
  return { stream: createZstdCompress!({ params: { [level!]: 3, [window!]: bits } }), flushKind: flushKind! }
}

/** Not imported above: a server that compresses nothing does without it. */
function withZstd(): WithZstd {
  return process.getBuiltinModule('node:zlib') as unknown as WithZstd
}
