// --static: files are answered before the application is asked; what is no file goes to it.
import type { Exchange, Handler } from '../../app/handler.ts'
import { mountedPath } from '../../app/mount.ts'
import type { Log } from '../../log/log.ts'
import type { FileSettings } from '../settings.ts'
import { wrappedHandler } from '../wrapped-handler.ts'
import { answerFile, type FileSource } from './answer-file.ts'
import { cacheControlOf } from './cache-rules.ts'
import { ContentCache } from './content-cache.ts'
import { filePath } from './file-path.ts'
import { type Entry, FileStore } from './file-store.ts'

interface Place {
  readonly prefix: string
  readonly store: FileStore
  readonly source: FileSource
}

/** A file that changes each time that it is opened is not to be had now. */
const ATTEMPTS = 3

export function servingFiles(
  handler: Handler,
  { directories, cacheRules, followsLinks }: FileSettings,
  log: Log,
): Handler {
  const contents = new ContentCache()
  const places = directories.map(({ prefix, directory }): Place => {
    const store = new FileStore({ directory, followsLinks }, path => cacheControlOf(prefix + path, cacheRules), log)
    return { prefix, store, source: { contents, log } }
  })
  const files = new StaticFiles(places, handler)
  return wrappedHandler(handler, exchange => files.handle(exchange))
}

class StaticFiles {
  readonly #places: readonly Place[]
  readonly #handler: Handler

  constructor(places: readonly Place[], handler: Handler) {
    this.#places = places
    this.#handler = handler
  }

  handle(exchange: Exchange): undefined | Promise<void> {
    const { method, upgrade } = exchange.head
    const isForFiles =
      (method === 'GET' || method === 'HEAD') && (upgrade === undefined || !/^websocket$/i.test(upgrade))
    return isForFiles ? this.#from(exchange, 0) : this.#handler(exchange)
  }

  /** Looks at the places from the one with this index on. */
  #from(exchange: Exchange, index: number): undefined | Promise<void> {
    for (let i = index; i < this.#places.length; i++) {
      const { prefix, store } = this.#places[i]!
      const rest = mountedPath(exchange.head.path, prefix)?.rest
      const path = rest === undefined ? undefined : filePath(rest)
      if (path === undefined) continue
      const entry = store.find(path)
      if (entry instanceof Promise)
        return entry.then(found =>
          exchange.isGone ? exchange.fail(undefined) : this.#answer(exchange, found, i, path),
        )
      if (entry.kind !== 'none') return this.#answer(exchange, entry, i, path)
    }
    return this.#handler(exchange)
  }

  #answer(exchange: Exchange, entry: Entry, index: number, path: string, attempt = 1): undefined | Promise<void> {
    if (entry.kind === 'none') return this.#from(exchange, index + 1)
    if (entry.kind === 'redirect') {
      exchange.answer(301, ['Location', withSlash(exchange.head.path), 'Content-Type', 'text/plain'], 'Moved\n')
      return undefined
    }
    const { store, source } = this.#places[index]!
    const answered = answerFile(exchange, entry, source)
    return answered?.then(async isAnswered => {
      if (isAnswered) return
      if (attempt === ATTEMPTS) exchange.answer(503, ['Content-Type', 'text/plain', 'Retry-After', '1'], 'Busy\n')
      else await this.#answer(exchange, await store.reload(path), index, path, attempt + 1)
    })
  }
}

/** A path relative to its server. It has one slash at its start (filePath), so that it names no other server. */
function withSlash(path: string): string {
  const query = path.indexOf('?')
  return query < 0 ? `${path}/` : `${path.slice(0, query)}/${path.slice(query)}`
}
