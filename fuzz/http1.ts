// Fuzzes the pure core. For any bytes: no exception; whole, byte by byte and randomly cut they give the same events; what
// is accepted keeps the rules, by a judgement of its own; run as a program, no input takes long.
//   npm run build:test && node build/fuzz/http1.js --seed=1 --seconds=60

import { isDeepStrictEqual } from 'node:util'
import { DEFAULT_LIMITS, type Limits } from '../src/http1/limits.ts'
import { byteByByte, eventsOf } from '../test/support/events.ts'
import { judge } from './judge.ts'
import { pieces, Random } from './random.ts'
import { RequestMaker } from './requests.ts'
import { Finding, type FuzzOptions, type FuzzReport, run, runAsProgram } from './run.ts'

const SMALL: Limits = { requestLineBytes: 40, fieldBytes: 40, fieldCount: 4, headBytes: 150, bodyBytes: 30 }
/** When nothing else runs on the machine: far above what any of these small inputs may take, and far below what a quadratic or a hanging reader takes. */
const MOST_MS = 500

export async function fuzzHttp1(options: FuzzOptions): Promise<FuzzReport> {
  const random = new Random(options.seed)
  const maker = new RequestMaker(random)
  return await run(options, () => {
    const bytes = maker.connection()
    const limits = random.once(4) ? SMALL : DEFAULT_LIMITS
    const cuts = random.cuts(bytes.length)
    const start = performance.now()
    const kind = tryBytes(bytes, cuts, limits, random.once(2))
    const ms = performance.now() - start
    if (ms > (options.mostMs ?? Infinity)) throw new Finding(`${ms} ms for ${bytes.length} bytes`, bytes, cuts)
    return kind
  })
}

/** Checks every invariant for one input; gives its last event. */
export function tryBytes(bytes: Buffer, cuts: readonly number[], limits: Limits, eof: boolean): string {
  const whole = feed(bytes, cuts, () => eventsOf([bytes], limits, eof))
  const cut = feed(bytes, cuts, () => eventsOf(pieces(bytes, cuts), limits, eof))
  const single = feed(bytes, cuts, () => eventsOf(byteByByte(bytes), limits, eof))
  if (!isDeepStrictEqual(whole, cut))
    throw new Finding(`Cut elsewhere, other events:\n${whole.join('\n')}\n--\n${cut.join('\n')}`, bytes, cuts)
  if (!isDeepStrictEqual(whole, single))
    throw new Finding(`Byte by byte, other events:\n${whole.join('\n')}\n--\n${single.join('\n')}`, bytes)
  const objection = judge(whole, limits)
  if (objection !== undefined) throw new Finding(`${objection}:\n${whole.join('\n')}`, bytes)
  return /^(fault [a-z0-9-]+|end [a-z-]+|[a-z]+)/.exec(whole.at(-1) ?? 'nothing')?.[0] ?? 'field'
}

function feed(bytes: Buffer, cuts: readonly number[], read: () => string[]): string[] {
  try {
    return read()
  } catch (error) {
    throw new Finding(`An exception: ${(error as Error).stack}`, bytes, cuts)
  }
}

await runAsProgram(import.meta, fuzzHttp1, MOST_MS)
