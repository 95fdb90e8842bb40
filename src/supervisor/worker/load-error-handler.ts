// In reload mode a broken app does not stop the server: its error is what the browser shows until the app is fixed.
import { errorPage } from '../../app/development/error-page.ts'
import type { Handler } from '../../app/handler.ts'

/** Answers every request with 500 and the error. For development only: it shows source. */
export function loadErrorHandler(error: unknown): Handler {
  return exchange => {
    const { type, body } = errorPage(error, exchange.head)
    exchange.answer(500, ['Content-Type', type, 'Cache-Control', 'no-store'], body)
    return undefined
  }
}
