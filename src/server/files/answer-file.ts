// The answer that is a file: which of its codings, whether the client has it already, which parts of it.
import type { FileHandle } from 'node:fs/promises'
import type { Exchange, HeaderList } from '../../app/handler.ts'
import type { Log } from '../../log/log.ts'
import { acceptedCodings, chooseCoding } from '../accept-encoding.ts'
import { isRangeWanted, judgeConditions, type Validators } from './conditions.ts'
import { type ContentCache, SMALL_BYTES } from './content-cache.ts'
import type { ServedFile } from './file-store.ts'
import { isOutOfDescriptors, openFile } from './open-file.ts'
import { type ByteRange, parseRanges } from './ranges.ts'
import type { Representation } from './representation.ts'
import { type Part, sendParts } from './send-parts.ts'

/** Where files come from. */
export interface FileSource {
  readonly contents: ContentCache
  readonly log: Log
}

/** What a file is answered with. */
export interface FileResponse {
  readonly status: number
  readonly fields: HeaderList
  readonly fieldsUnchanged: HeaderList
  readonly validators: Validators
  readonly contentType: string
}

const NOTHING = ''

/**
 * Answers with `file`. `tell`: what is said of the chosen representation. Undefined: it is answered; a promise of `true` when it will
 * have been, of `false` when nothing was sent since the file is another one by now.
 */
export function answerFile(
  exchange: Exchange,
  { plain, coded }: ServedFile,
  source: FileSource,
  tell: (file: Representation) => FileResponse = file => file,
): Promise<boolean> | undefined {
  const file = coded.length === 0 ? plain : chosen(exchange, plain, coded)
  const response = tell(file)
  const { head } = exchange
  const isRead = response.status === 200 && (head.method === 'GET' || head.method === 'HEAD')
  const verdict = isRead ? judgeConditions(head, response.validators) : 'proceed'
  if (verdict !== 'proceed') {
    if (verdict === 'failed') exchange.answer(412, response.fieldsUnchanged, NOTHING)
    else exchange.answer(304, response.fieldsUnchanged, NOTHING)
    return undefined
  }
  const ranges = isRead ? rangesOf(exchange, file, response) : undefined
  if (ranges === 'unsatisfiable') {
    exchange.answer(416, [...response.fieldsUnchanged, 'Content-Range', `bytes */${file.size}`], NOTHING)
    return undefined
  }
  if (head.method === 'HEAD' || file.size === 0) {
    exchange.answer(response.status, [...response.fields, 'Content-Length', String(file.size)], NOTHING)
    return undefined
  }
  if (ranges === undefined && file.content !== undefined) {
    file.isUsed = true
    exchange.answer(response.status, response.fields, file.content)
    return undefined
  }
  return sendOpened(exchange, file, source, response, ranges)
}

function chosen(exchange: Exchange, plain: Representation, coded: readonly Representation[]): Representation {
  const accepted = acceptedCodings(exchange.head.get('accept-encoding'))
  const coding = chooseCoding(
    accepted,
    coded.map(file => file.coding!),
  )
  return coded.find(file => file.coding === coding) ?? plain
}

function rangesOf(
  { head }: Exchange,
  file: Representation,
  { validators }: FileResponse,
): readonly ByteRange[] | 'unsatisfiable' | undefined {
  // RFC 9110 14.2: for GET only.
  const field = head.method === 'GET' ? head.get('range') : undefined
  if (field === undefined || !isRangeWanted(head.get('if-range'), validators, file.isSettled)) return undefined
  return parseRanges(field, file.size)
}

async function sendOpened(
  exchange: Exchange,
  file: Representation,
  source: FileSource,
  response: FileResponse,
  ranges: readonly ByteRange[] | undefined,
): Promise<boolean> {
  let handle: FileHandle | undefined
  try {
    handle = await openFile(file)
    if (handle === undefined) return false
    if (ranges === undefined && file.size <= SMALL_BYTES)
      return await sendSmall(exchange, file, handle, source, response)
    if (!(await sendBegun(exchange, file, handle, response, ranges))) {
      source.log.warn(
        `Cut the answer to ${exchange.head.method} ${exchange.head.target.slice(0, 256)}: "${file.path}" has changed`,
      )
      exchange.fail(undefined)
    }
    return true
  } catch (cause) {
    if (!isOutOfDescriptors(cause) || exchange.state !== 'pending') throw cause
    source.log.error(`Cannot open "${file.path}": no descriptors are left`)
    exchange.answer(503, ['Content-Type', 'text/plain', 'Retry-After', '1'], 'Service Unavailable\n')
    return true
  } finally {
    await handle?.close()
  }
}

/** All of a small file, which is kept for those who come next. */
async function sendSmall(
  exchange: Exchange,
  file: Representation,
  handle: FileHandle,
  { contents }: FileSource,
  response: FileResponse,
): Promise<boolean> {
  const content = Buffer.allocUnsafeSlow(file.size)
  let length = 0
  while (length < file.size) {
    const { bytesRead } = await handle.read(content, length, file.size - length, length)
    if (bytesRead === 0) return false
    length += bytesRead
  }
  if (!file.isStill(await handle.stat())) return false
  contents.keep(file, content)
  exchange.answer(response.status, response.fields, content)
  return true
}

async function sendBegun(
  exchange: Exchange,
  file: Representation,
  handle: FileHandle,
  response: FileResponse,
  ranges: readonly ByteRange[] | undefined,
): Promise<boolean> {
  const { status, fields } = response
  if (ranges === undefined) {
    exchange.begin(status, [...fields, 'Content-Length', String(file.size)])
    return await sendParts(exchange, file, handle, [{ first: 0, last: file.size - 1 }])
  }
  const [range] = ranges
  if (ranges.length === 1 && range !== undefined) {
    exchange.begin(206, [
      ...fields,
      'Content-Range',
      contentRange(range, file),
      'Content-Length',
      String(lengthOf(range)),
    ])
    return await sendParts(exchange, file, handle, ranges)
  }
  // Loaded when it is needed: a plain application needs no cryptography.
  const boundary = process.getBuiltinModule('node:crypto').randomBytes(12).toString('hex')
  const parts = multipart(ranges, file, response.contentType, boundary)
  const others = withoutField(fields, 'content-type')
  const type = `multipart/byteranges; boundary=${boundary}`
  const length = parts.reduce((sum, part) => sum + lengthOf(part), 0)
  exchange.begin(206, ['Content-Type', type, ...others, 'Content-Length', String(length)])
  return await sendParts(exchange, file, handle, parts)
}

/** RFC 9110 14.6. */
function multipart(ranges: readonly ByteRange[], file: Representation, type: string, boundary: string): Part[] {
  const parts = ranges.flatMap((range, i): Part[] => [
    `${i === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${contentRange(range, file)}\r\n\r\n`,
    range,
  ])
  return [...parts, `\r\n--${boundary}--\r\n`]
}

function contentRange({ first, last }: ByteRange, file: Representation): string {
  return `bytes ${first}-${last}/${file.size}`
}

function lengthOf(part: Part): number {
  return typeof part === 'string' ? part.length : part.last - part.first + 1
}

function withoutField(fields: HeaderList, name: string): HeaderList {
  return fields.filter((_, i) => fields[i - (i % 2)]!.toLowerCase() !== name)
}
