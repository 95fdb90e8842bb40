// http-01 (RFC 8555 8.3): an authority reads, without TLS, what only the server of a name can have put there.
import { readFile } from 'node:fs/promises'
import type { Exchange, Handler } from '../../app/handler.ts'
import { wrappedHandler } from '../wrapped-handler.ts'
import { tokenFile } from './challenge-files.ts'

const PREFIX = '/.well-known/acme-challenge/'

/** `handler` behind the answers to challenges. What is no challenge of ours reaches it: another client may have put it there. */
export function answeringChallenges(handler: Handler, folder: string): Handler {
  return wrappedHandler(handler, (exchange: Exchange): undefined | Promise<void> => {
    const { head } = exchange
    if (!head.path.startsWith(PREFIX)) return handler(exchange)
    const file = tokenFile(folder, head.path.slice(PREFIX.length))
    return file === undefined ? handler(exchange) : answerFrom(file, handler, exchange)
  })
}

async function answerFrom(file: string, handler: Handler, exchange: Exchange): Promise<void> {
  const text = await readFile(file, 'latin1').catch(() => undefined)
  if (text === undefined) await handler(exchange)
  else exchange.answer(200, ['Content-Type', 'application/octet-stream', 'Cache-Control', 'no-store'], text)
}
