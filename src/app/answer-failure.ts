// What an application's failure becomes, the same for every kind of app. Errors are named by who must act: a client's
// fault or absence is no news for the log, everything else is the application's and goes there with its stack.
import { RequestError } from '../http1/faults.ts'
import { errorPage } from './development/error-page.ts'
import { ClientDisconnected, HandshakeError } from './errors.ts'
import type { AppContext, Exchange } from './handler.ts'
import { publishFailure } from './request-channels.ts'

/**
 * Ends `exchange` after `cause` was thrown by the application or by what it used. Never throws.
 * Not yet answered: the status of a RequestError or HandshakeError, else 500 (with a page that shows the error in development).
 * Already begun: the answer is cut, so that the client sees that it is not whole.
 */
export function answerFailure(exchange: Exchange, cause: unknown, context: AppContext): void {
  try {
    if (cause instanceof ClientDisconnected) {
      if (exchange.state !== 'done') exchange.fail(cause)
      return
    }
    if (cause instanceof HandshakeError && exchange.state === 'pending') {
      exchange.answer(cause.status, cause.fields, cause.message)
      return
    }
    const isFault = cause instanceof RequestError
    if (!isFault) report(exchange, cause, context)
    if (exchange.state === 'done') return
    if (exchange.state === 'body') exchange.fail(cause)
    else if (isFault) answerFault(exchange, cause)
    else answerAppError(exchange, cause, context)
  } catch (second) {
    context.log.error('Cannot answer after a failure of the application', second)
  }
}

function report(exchange: Exchange, cause: unknown, context: AppContext): void {
  context.log.error(`The application failed on ${exchange.head.method} ${exchange.head.target}`, cause)
  publishFailure(exchange, cause)
  const advice = context.guess?.takeAdvice()
  if (advice !== undefined) context.log.warn(advice)
}

function answerFault(exchange: Exchange, fault: RequestError): void {
  // The rest of the body may still be on its way and cannot be told from a next request.
  exchange.closeAfter()
  exchange.answer(fault.status, TEXT, `${fault.code}\n`)
}

function answerAppError(exchange: Exchange, cause: unknown, context: AppContext): void {
  if (context.environment !== 'development' || !context.defaultMiddleware) {
    exchange.answer(500, TEXT, 'Internal Server Error')
    return
  }
  const page = errorPage(cause, exchange.head)
  exchange.answer(500, ['Content-Type', page.type], page.body)
}

const TEXT: readonly string[] = ['Content-Type', 'text/plain']
