// One request to an authority, bounded in time and size: an authority may be gone, stuck, or somebody else.
import { AcmeProblem, quoted } from './problem.ts'

export interface AcmeAnswer {
  readonly status: number
  header(name: string): string | null
  readonly text: string
}

export interface AcmeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly url: string
  readonly body?: string
}

export type Ask = (request: AcmeRequest) => Promise<AcmeAnswer>

/** Of one answer with its body. */
const ANSWER_MS = 30_000
/** Certificates of a chain are some kilobytes; 1 MiB is more than any answer of a real authority has. */
const MOST_BYTES = 1024 * 1024

/** `signal` ends whatever is under way. Rejects with an AcmeProblem. */
export function askerFor(userAgent: string, signal: AbortSignal, answerMs: number = ANSWER_MS): Ask {
  return async ({ method, url, body }) => {
    const late = AbortSignal.timeout(answerMs)
    try {
      const response = await fetch(url, {
        method,
        // RFC 8555 6.1 asks for a User-Agent, 6.2 for the type.
        headers: { 'User-Agent': userAgent, ...(body !== undefined && { 'Content-Type': 'application/jose+json' }) },
        ...(body !== undefined && { body }),
        redirect: 'error',
        signal: AbortSignal.any([signal, late]),
      })
      const text = await boundedText(response)
      return { status: response.status, header: name => response.headers.get(name), text }
    } catch (error) {
      if (error instanceof AcmeProblem) throw error
      const reason = signal.aborted
        ? 'it took too long as a whole'
        : late.aborted
          ? `no answer within ${answerMs / 1000} s`
          : reasonOf(error)
      throw new AcmeProblem(`Cannot ask ${url}: ${reason}`, '', undefined, { cause: error })
    }
  }
}

async function boundedText(response: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += piece.byteLength
    // Leaving the loop cancels the body.
    if (bytes > MOST_BYTES)
      throw new AcmeProblem(`Cannot read the answer of ${response.url}: it has more than ${MOST_BYTES} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

/** fetch() says only that it failed; its cause says why. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { readonly cause?: { readonly message?: string; readonly code?: string } }
  return quoted(cause?.message || cause?.code || message)
}
