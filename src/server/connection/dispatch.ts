// A request on its way to the application, unless the server answers it itself.

import type { ServerContext } from '../server-context.ts'
import type { ServerExchange } from './exchange.ts'

/** `isApart`: outside of the asynchronous context that an earlier request may have left behind. */
export function dispatch(exchange: ServerExchange, context: ServerContext, isApart: boolean): void {
  const { path } = exchange.head
  // RFC 9110 9.3.7: `OPTIONS *` asks about the server, not about anything that the application has.
  if (path === '*') exchange.answer(204, [], '')
  else if (context.isOverloaded && !context.isForHealth(path)) exchange.shed()
  else if (isApart) context.asyncContext.run(() => context.handle(exchange))
  else context.handle(exchange)
}
