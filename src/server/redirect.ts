// Requests without TLS are sent to where there is TLS (RFC 9110 15.4.9: 308 keeps the method and the body).
import type { Exchange, Handler } from '../app/handler.ts'
import { wrappedHandler } from './wrapped-handler.ts'

const HTTPS_PORT = 443

/** `handler` behind a redirect of what is not encrypted to `port`. Requests for which `isExempt` says so are served as ever. */
export function redirectingToHttps(handler: Handler, port: number, isExempt: (path: string) => boolean): Handler {
  return wrappedHandler(handler, (exchange: Exchange): undefined | Promise<void> => {
    const { head, peer } = exchange
    if (peer.isEncrypted || isExempt(head.path)) return handler(exchange)
    const location = locationOf(head.authority, head.path, port)
    if (location === undefined) exchange.answer(400, TEXT, 'This server is reached by https only\n')
    else exchange.answer(308, ['Location', location, ...TEXT], 'This server is reached by https\n')
    return undefined
  })
}

const TEXT = ['Content-Type', 'text/plain']

/** Undefined for a client of HTTP/1.0 that names no host. */
function locationOf(authority: string | undefined, path: string, port: number): string | undefined {
  if (authority === undefined) return undefined
  const host = authority.replace(/:\d*$/, '')
  return `https://${host}${port === HTTPS_PORT ? '' : `:${port}`}${path === '*' ? '/' : path}`
}
