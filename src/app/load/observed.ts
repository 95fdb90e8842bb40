// Where instrumentation meets applications of any kind. docs/instrumentation.md says what it sees.
import type { AppContext, Exchange, Handler } from '../handler.ts'
import { announceModule, isWatched } from '../node/http-events.ts'
import type { HttpView } from '../node/http-view.ts'
import { isPublished, publishRequest } from '../request-channels.ts'

/**
 * `handler` with the channels of `app/request-channels.ts`. `isNode`: it makes objects of node:http itself; any other is shown as such
 * to instrumentation of node:http. Where there is no instrumentation a request costs a look at each channel.
 */
export async function observed(handler: Handler, context: AppContext, isNode: boolean): Promise<Handler> {
  // What waits for node:http to be loaded has to see it loaded: our own use came before.
  announceModule('http')
  const seen = isNode ? handlerOfNode(handler) : await handlerOfOthers(handler, context)
  return Object.defineProperties(seen, {
    takesUpgrades: { get: () => handler.takesUpgrades },
    onClosed: { value: handler.onClosed, writable: true },
  })
}

function handlerOfNode(handler: Handler): Handler {
  return exchange => (isPublished() ? publishRequest(exchange, handler) : handler(exchange))
}

async function handlerOfOthers(handler: Handler, context: AppContext): Promise<Handler> {
  let view: HttpView | undefined
  let isLoading = false
  const load = async (): Promise<void> => {
    isLoading = true
    const { HttpView } = await import('../node/http-view.ts')
    view = new HttpView(context)
  }
  const show = (exchange: Exchange): undefined | Promise<void> => {
    if (view !== undefined && isWatched()) return view.show(exchange, handler)
    // Instrumentation that came behind the start: it sees the requests behind this one.
    if (!isLoading && isWatched()) void load()
    return handler(exchange)
  }
  if (isWatched()) await load()
  return exchange => {
    if (isPublished()) return publishRequest(exchange, show)
    return isWatched() ? show(exchange) : handler(exchange)
  }
}
