// --compress: answers are sent in a coding that the client takes (RFC 9110 8.4).
import type { Exchange, Handler, HeaderList } from '../../app/handler.ts'
import type { Log } from '../../log/log.ts'
import { acceptedCodings, chooseCoding } from '../accept-encoding.ts'
import { tooLong, tooShort } from '../answer-rules.ts'
import { type AppAnswer, type FilteredBody, FilteredExchange } from '../filtered-exchange.ts'
import type { CompressSettings } from '../settings.ts'
import { wrappedHandler } from '../wrapped-handler.ts'
import { CompressedBody, PlainBody } from './compressed-body.ts'
import { compressedFields, declaredLength, isCompressible, withVary } from './compressible.ts'
import { availableCodings, createEncoder } from './encoder.ts'

/** Each holds up to a few MB; answers beyond these are sent as they are. */
const MOST_ENCODERS = 500

export function compressing(handler: Handler, settings: CompressSettings, log: Log): Handler {
  const codings = availableCodings(settings.codings)
  let encoders = 0
  const filter = (exchange: Exchange, answer: AppAnswer): FilteredBody | undefined => {
    const { head } = exchange
    const isHead = head.method === 'HEAD'
    if (!isCompressible(answer, settings.minBytes, isHead)) return undefined
    const { status, headers, reason } = answer
    // Without chunks the end of the connection would be the end of the body.
    const coding =
      head.protocol === 'HTTP/1.0' || encoders >= MOST_ENCODERS
        ? undefined
        : chooseCoding(acceptedCodings(head.get('accept-encoding')), codings)
    if (coding === undefined) {
      exchange.begin(status, withVary(withLength(answer, isHead)), reason)
      return new PlainBody(exchange)
    }
    exchange.begin(status, compressedFields(headers, coding), reason)
    // The exchange leaves the body out.
    if (isHead) return new PlainBody(exchange)
    const size = declaredLength(headers) ?? answer.length
    encoders++
    const body = new CompressedBody(exchange, createEncoder(coding, size), () => void encoders--)
    return size === undefined
      ? body
      : new MeasuredBody(body, size, error =>
          log.error(`The application failed on ${head.method} ${head.target}`, error),
        )
  }
  return wrappedHandler(handler, exchange => handler(new FilteredExchange(exchange, filter)))
}

function withLength({ headers, length }: AppAnswer, isHead: boolean): HeaderList {
  if (length === undefined || (isHead && length === 0) || declaredLength(headers) !== undefined) return headers
  return [...headers, 'Content-Length', String(length)]
}

/** Holds the application to its Content-Length, which the client does not see. */
class MeasuredBody implements FilteredBody {
  readonly #body: FilteredBody
  readonly #report: (error: Error) => void
  #remaining: number

  constructor(body: FilteredBody, size: number, report: (error: Error) => void) {
    this.#body = body
    this.#remaining = size
    this.#report = report
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    this.#remaining -= bytes.byteLength
    return this.#remaining < 0 ? undefined : this.#body.write(bytes)
  }

  whenWritable(): Promise<void> | undefined {
    return this.#body.whenWritable()
  }

  end(trailers: HeaderList): void {
    if (this.#remaining === 0) {
      this.#body.end(trailers)
      return
    }
    const error = this.#remaining < 0 ? tooLong() : tooShort(this.#remaining)
    this.#report(error)
    this.#body.fail(error)
  }

  fail(error: unknown): void {
    this.#body.fail(error)
  }

  gone(): void {
    this.#body.gone()
  }
}
