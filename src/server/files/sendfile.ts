// --sendfile: an application answers with the name of a file, in X-Sendfile (a path of the file system) or X-Accel-Redirect (a path of
// URLs, as nginx has it), and the server sends the file.
import type { Exchange, Handler, HeaderList } from '../../app/handler.ts'
import { mountedPath } from '../../app/mount.ts'
import { isBodyless } from '../../http1/response/status.ts'
import type { Log } from '../../log/log.ts'
import { joinedField } from '../answer-rules.ts'
import { type AppAnswer, type FilteredBody, FilteredExchange } from '../filtered-exchange.ts'
import type { FileSettings } from '../settings.ts'
import { wrappedHandler } from '../wrapped-handler.ts'
import { answerFile, type FileResponse, type FileSource } from './answer-file.ts'
import { ContentCache } from './content-cache.ts'
import { filePath } from './file-path.ts'
import { FileStore } from './file-store.ts'
import { withSlashes } from './find-file.ts'
import type { Representation } from './representation.ts'

interface Place {
  readonly prefix: string
  /** With a slash at its end. */
  readonly directory: string
  readonly store: FileStore
  readonly source: FileSource
}

export function sendingFiles(handler: Handler, directories: FileSettings['directories'], log: Log): Handler {
  const contents = new ContentCache()
  const places = directories.map(({ prefix, directory }): Place => {
    const store = new FileStore({ directory, followsLinks: false }, () => undefined, log)
    return { prefix, directory: withSlashes(directory).replace(/\/?$/, '/'), store, source: { contents, log } }
  })
  const filter = (exchange: Exchange, answer: AppAnswer): FilteredBody | undefined => {
    const { headers } = answer
    const file = joinedField(headers, 'x-sendfile')
    const url = file === undefined ? joinedField(headers, 'x-accel-redirect') : undefined
    const name = file ?? url
    if (name === undefined) return undefined
    const found = file === undefined ? placeOfUrl(places, name) : placeOfFile(places, name)
    deliver(exchange, answer, found, name, log).catch(cause => {
      log.error(
        `Cannot send the file ${JSON.stringify(name)} for ${exchange.head.method} ${exchange.head.target}`,
        cause,
      )
      exchange.fail(cause)
    })
    return NOWHERE
  }
  return wrappedHandler(handler, exchange => handler(new FilteredExchange(exchange, filter)))
}

/** The application's own body is not sent. */
const NOWHERE: FilteredBody = {
  write: () => undefined,
  whenWritable: () => undefined,
  end: () => undefined,
  fail: () => undefined,
  gone: () => undefined,
}

interface Found {
  readonly place: Place
  readonly path: string
}

function placeOfFile(places: readonly Place[], name: string): Found | undefined {
  // Field values have one character for each byte.
  const path = withSlashes(Buffer.from(name, 'latin1').toString())
  const place = places.find(({ directory }) => path.startsWith(directory))
  if (place === undefined || /[\x00-\x1f]|\/\.\.?(?:\/|$)/.test(path)) return undefined
  return { place, path: path.slice(place.directory.length - 1) }
}

function placeOfUrl(places: readonly Place[], name: string): Found | undefined {
  for (const place of places) {
    const rest = mountedPath(name, place.prefix)?.rest
    const path = rest === undefined ? undefined : filePath(rest)
    if (path !== undefined) return { place, path }
  }
  return undefined
}

const ATTEMPTS = 3

async function deliver(
  exchange: Exchange,
  { status, headers }: AppAnswer,
  found: Found | undefined,
  name: string,
  log: Log,
): Promise<void> {
  const of = `${exchange.head.method} ${exchange.head.target.slice(0, 256)}`
  if (isBodyless(status)) {
    exchange.answer(status, without(headers, OF_FILES), '')
    return
  }
  if (found === undefined) {
    log.error(`Refused to send ${JSON.stringify(name)} for ${of}: it is below no directory of --sendfile`)
    exchange.answer(500, TEXT, 'Internal Server Error')
    return
  }
  const { place, path } = found
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const entry = await (attempt === 1 ? place.store.find(path) : place.store.reload(path))
    if (entry.kind !== 'file') {
      log.error(`Cannot send ${JSON.stringify(name)} for ${of}: there is no such file, or not inside of its directory`)
      exchange.answer(404, TEXT, 'Not Found')
      return
    }
    const tell = (file: Representation): FileResponse => responseOf(status, headers, file)
    const answered = answerFile(exchange, { ...entry, coded: [] }, place.source, tell)
    if (answered === undefined || (await answered)) return
  }
  exchange.answer(503, [...TEXT, 'Retry-After', '1'], 'Service Unavailable\n')
}

const TEXT: HeaderList = ['Content-Type', 'text/plain']
/** What the server says itself of a file, and what is for the server alone. */
const OF_FILES = new Set([
  ...[
    'x-sendfile',
    'x-accel-redirect',
    'x-accel-buffering',
    'x-accel-charset',
    'x-accel-expires',
    'x-accel-limit-rate',
  ],
  ...['content-length', 'transfer-encoding', 'content-range', 'accept-ranges'],
])
/** RFC 9110 15.4.5: a 304 says nothing of the content that the client has. */
const OF_CONTENT = new Set([
  ...['content-type', 'content-encoding', 'content-language', 'content-disposition', 'accept-ranges'],
])

/** The application's word on the file counts before what the file system says. */
function responseOf(status: number, headers: HeaderList, file: Representation): FileResponse {
  const own = without(headers, OF_FILES)
  const etag = joinedField(own, 'etag')
  const lastModified = joinedField(own, 'last-modified')
  const contentType = joinedField(own, 'content-type') ?? file.contentType
  const fields = [
    ...own,
    ...(joinedField(own, 'content-type') === undefined ? ['Content-Type', contentType] : []),
    ...(etag === undefined ? ['ETag', file.etag] : []),
    ...(lastModified === undefined && file.lastModified !== undefined ? ['Last-Modified', file.lastModified] : []),
    ...['Accept-Ranges', 'bytes'],
  ]
  const validators = { etag: etag ?? file.etag, lastModified: lastModified ?? file.lastModified }
  return { status, fields, fieldsUnchanged: without(fields, OF_CONTENT), validators, contentType }
}

function without(headers: HeaderList, names: ReadonlySet<string>): HeaderList {
  return headers.filter((_, i) => !names.has(headers[i - (i % 2)]!.toLowerCase()))
}
