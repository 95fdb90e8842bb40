// Reads what a server sends, independently of our own code and strictly: whatever RFC 9112 does not allow a server to
// send throws. Knows HEAD, 1xx, 204, 304, chunked, Content-Length and bodies that end with the connection.

export interface Answer {
  readonly version: '1.0' | '1.1'
  readonly status: number
  readonly reason: string
  /** Name and value pairs as sent. */
  readonly fields: readonly (readonly [string, string])[]
  readonly body: Buffer
  readonly trailers: readonly (readonly [string, string])[]
  /** Interim (1xx) answers that came before. */
  readonly interim: readonly Answer[]
  readonly framing: 'none' | 'length' | 'chunked' | 'close'
}

/** Positions are relative to the answer's first byte. `at` and `chunks`: how far a chunked body was read. */
interface BodyProgress {
  readonly start: number
  at: number
  readonly chunks: Buffer[]
}

interface OpenAnswer {
  readonly head: ReturnType<typeof parseStatusLine>
  readonly fields: Answer['fields']
  readonly framing: Framing
  readonly body: BodyProgress
}

type Framing = { readonly kind: 'none' | 'chunked' | 'close' } | { readonly kind: 'length'; readonly length: number }

/** The value of a field, lines joined with ', '; undefined when absent. */
export function fieldOf(answer: Answer, name: string): string | undefined {
  const values = answer.fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

export class AnswerReader {
  /** Complete final answers, in order. */
  readonly answers: Answer[] = []
  readonly #methods: readonly string[]
  /** Room for what has come, which doubles: a byte is copied twice at most, in however many chunks it comes. */
  #room: Buffer = Buffer.alloc(1024)
  #from = 0
  #to = 0
  /** Up to where no end of a head was found, relative to `#from`. */
  #searched = 0
  /** The head of an answer whose body is incomplete. */
  #open: OpenAnswer | undefined
  #interim: Answer[] = []
  #isLast = false

  /** `methods`: of the requests, in order; what is missing is GET. */
  constructor(methods: readonly string[] = []) {
    this.#methods = methods
  }

  /** Bytes that belong to no complete answer. */
  get rest(): Buffer {
    return this.#room.subarray(this.#from, this.#to)
  }

  feed(chunk: Uint8Array): void {
    if (this.#to + chunk.length > this.#room.length) {
      const { rest } = this
      this.#room = Buffer.alloc(2 * (rest.length + chunk.length))
      rest.copy(this.#room)
      this.#from = 0
      this.#to = rest.length
    }
    this.#room.set(chunk, this.#to)
    this.#to += chunk.length
    this.#readAll(false)
  }

  /** The server has ended. An answer that is cut by it throws. */
  feedEof(): void {
    this.#readAll(true)
    const { rest } = this
    if (rest.length > 0) throw new Error(`The answer is cut: ${JSON.stringify(rest.toString('latin1').slice(0, 300))}`)
  }

  #readAll(isEof: boolean): void {
    while (this.#from < this.#to) {
      const { rest } = this
      if (this.#isLast)
        throw new Error(`Bytes behind the last answer: ${JSON.stringify(rest.toString('latin1').slice(0, 300))}`)
      this.#open ??= this.#readHead(rest)
      if (this.#open === undefined) return
      const { head, fields, framing, body } = this.#open
      const read = readBody(rest, body, framing, isEof)
      if (read === undefined) return
      // A copy: the room is used again.
      const bytes = Buffer.from(read.bytes)
      this.#from += read.end
      this.#open = undefined
      this.#searched = 0
      this.#take({ ...head, fields, body: bytes, trailers: read.trailers, interim: [], framing: framing.kind })
    }
  }

  #readHead(rest: Buffer): OpenAnswer | undefined {
    const end = rest.indexOf('\r\n\r\n', Math.max(0, this.#searched - 3))
    this.#searched = rest.length
    if (end < 0) return undefined
    const lines = rest.toString('latin1', 0, end).split('\r\n')
    const head = parseStatusLine(lines[0]!)
    const fields = lines.slice(1).map(parseField)
    const framing = framingOf(head.status, this.#methods[this.answers.length] ?? 'GET', fields)
    return { head, fields, framing, body: { start: end + 4, at: end + 4, chunks: [] } }
  }

  #take(answer: Answer): void {
    if (answer.status < 200 && answer.status !== 101) {
      this.#interim.push(answer)
      return
    }
    this.answers.push({ ...answer, interim: this.#interim })
    this.#interim = []
    this.#isLast = answer.framing === 'close' || /(^|,)\s*close\s*(,|$)/i.test(fieldOf(answer, 'connection') ?? '')
  }
}

function parseStatusLine(line: string): { version: '1.0' | '1.1'; status: number; reason: string } {
  const parts = /^HTTP\/(1\.[01]) ([1-5]\d\d) ([\t\x20-\x7e\x80-\xff]*)$/.exec(line)
  if (parts === null) throw new Error(`Not a status line: ${JSON.stringify(line.slice(0, 300))}`)
  return { version: parts[1] as '1.0' | '1.1', status: Number(parts[2]), reason: parts[3]! }
}

function parseField(line: string): readonly [string, string] {
  const parts = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/.exec(line)
  if (parts === null) throw new Error(`Not a field line: ${JSON.stringify(line.slice(0, 300))}`)
  return [parts[1]!, parts[2]!]
}

// RFC 9112 6.3, as a client has to read it.
function framingOf(status: number, method: string, fields: Answer['fields']): Framing {
  const all = (name: string) => fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
  const [lengths, codings] = [all('content-length'), all('transfer-encoding')]
  if (lengths.length + codings.length > 1) throw new Error(`Framed twice: ${JSON.stringify(fields)}`)
  if (lengths.some(length => !/^\d{1,15}$/.test(length))) throw new Error(`Not a length: ${JSON.stringify(lengths)}`)
  if (codings.some(coding => coding.toLowerCase() !== 'chunked'))
    throw new Error(`Unknown coding: ${JSON.stringify(codings)}`)
  if ((status < 200 || status === 204) && lengths.length + codings.length > 0)
    throw new Error(`A ${status} is framed: ${JSON.stringify(fields)}`)
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD') return { kind: 'none' }
  if (codings.length > 0) return { kind: 'chunked' }
  return lengths.length > 0 ? { kind: 'length', length: Number(lengths[0]) } : { kind: 'close' }
}

interface ReadBody {
  readonly bytes: Buffer
  readonly trailers: Answer['trailers']
  readonly end: number
}

function readBody(bytes: Buffer, body: BodyProgress, framing: Framing, isEof: boolean): ReadBody | undefined {
  const { start } = body
  switch (framing.kind) {
    case 'none':
      return { bytes: Buffer.alloc(0), trailers: [], end: start }
    case 'length': {
      const end = start + framing.length
      return bytes.length < end ? undefined : { bytes: bytes.subarray(start, end), trailers: [], end }
    }
    case 'close':
      return isEof ? { bytes: bytes.subarray(start), trailers: [], end: bytes.length } : undefined
    case 'chunked':
      return readChunked(bytes, body)
  }
}

function readChunked(bytes: Buffer, body: BodyProgress): ReadBody | undefined {
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', body.at)
    if (lineEnd < 0) return undefined
    const line = bytes.toString('latin1', body.at, lineEnd)
    if (!/^[0-9a-fA-F]{1,8}$/.test(line)) throw new Error(`Not a chunk size: ${JSON.stringify(line.slice(0, 300))}`)
    const size = Number.parseInt(line, 16)
    const at = lineEnd + 2
    if (size === 0) return readTrailers(bytes, at, Buffer.concat(body.chunks))
    if (bytes.length < at + size + 2) return undefined
    if (bytes.toString('latin1', at + size, at + size + 2) !== '\r\n') throw new Error('A chunk does not end with CRLF')
    body.chunks.push(Buffer.from(bytes.subarray(at, at + size)))
    body.at = at + size + 2
  }
}

function readTrailers(bytes: Buffer, start: number, body: Buffer): ReadBody | undefined {
  const trailers: (readonly [string, string])[] = []
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    if (lineEnd === at) return { bytes: body, trailers, end: at + 2 }
    trailers.push(parseField(bytes.toString('latin1', at, lineEnd)))
    at = lineEnd + 2
  }
}
