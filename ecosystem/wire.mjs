// A client that sends bytes and keeps what comes back as it is: no library decides what an answer is.
import { connect } from 'node:net'

/** Longest wait for bytes that have to come, in ms: generous, nobody waits for it when all is well. */
const LIMIT_MS = 20_000

/** A connection to a server on this machine. */
export class Wire {
  #received = Buffer.alloc(0)
  #isOver = false
  #failure
  #wake = () => undefined
  #socket

  constructor(port) {
    this.#socket = connect({ port, host: '127.0.0.1' })
    this.#socket.setNoDelay(true)
    this.#socket.on('data', piece => {
      this.#received = Buffer.concat([this.#received, piece])
      this.#wake()
    })
    this.#socket.on('error', error => {
      this.#failure = error
    })
    this.#socket.on('close', () => {
      this.#isOver = true
      this.#wake()
    })
  }

  send(bytes) {
    this.#socket.write(bytes)
  }

  /** Leaves with a reset, as a browser whose tab is closed. */
  leave() {
    this.#socket.resetAndDestroy()
  }

  end() {
    this.#socket.destroy()
  }

  /** What `parse(bytes, isOver)` makes of the first bytes: `{ value, length }`, or undefined while there are too few. */
  async take(parse) {
    const until = performance.now() + LIMIT_MS
    for (;;) {
      const found = parse(this.#received, this.#isOver)
      if (found !== undefined) {
        this.#received = this.#received.subarray(found.length)
        return found.value
      }
      const heard = `after ${JSON.stringify(this.#received.toString('latin1').slice(0, 200))}`
      if (this.#isOver)
        throw new Error(`the connection ended ${heard}${this.#failure ? `: ${this.#failure.code}` : ''}`)
      const left = until - performance.now()
      if (left <= 0) throw new Error(`nothing came for ${LIMIT_MS} ms ${heard}`)
      await new Promise(resolve => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** The next answer; interim ones (1xx) are answers of their own. */
  async answer(method = 'GET') {
    return await this.take((bytes, isOver) => answerIn(bytes, isOver, method))
  }

  /** Resolves when the server has ended the connection; rejects when it sends more instead. */
  async over() {
    await this.take((bytes, isOver) => {
      if (bytes.length > 0) throw new Error(`more came: ${JSON.stringify(bytes.toString('latin1').slice(0, 100))}`)
      return isOver ? { value: undefined, length: 0 } : undefined
    })
  }

  /** The next frame of a WebSocket: its opcode and its payload. */
  async frame() {
    return await this.take(frameIn)
  }
}

/** `{ status, reason, fields: [[name, value]], body, framing }`; names in lower case. */
function answerIn(bytes, isOver, method) {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [first, ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const [, version, status, reason] = /^HTTP\/(\d\.\d) (\d{3}) ?(.*)$/.exec(first) ?? []
  const fields = lines.map(line => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  const rest = bytes.subarray(headEnd + 4)
  const found = bodyIn(rest, isOver, method, Number(status), new Map(fields))
  if (found === undefined) return undefined
  const value = { version, status: Number(status), reason, fields, framing: found.framing, body: found.body.toString() }
  return { value, length: headEnd + 4 + found.length }
}

function bodyIn(rest, isOver, method, status, fields) {
  const none = Buffer.alloc(0)
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304)
    return { body: none, length: 0, framing: 'none' }
  if (fields.get('transfer-encoding') === 'chunked') return chunksIn(rest)
  const length = fields.get('content-length')
  if (length === undefined) return isOver ? { body: rest, length: rest.length, framing: 'until the end' } : undefined
  if (rest.length < Number(length)) return undefined
  return { body: rest.subarray(0, Number(length)), length: Number(length), framing: 'length' }
}

function chunksIn(bytes) {
  const pieces = []
  let at = 0
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const end = lineEnd + 2 + size + 2
    if (bytes.length < end) return undefined
    if (size === 0) return { body: Buffer.concat(pieces), length: end, framing: 'chunked' }
    pieces.push(bytes.subarray(lineEnd + 2, end - 2))
    at = end
  }
}

/** RFC 6455, section 5.2; servers do not mask, and nothing here is 64 KiB long. */
function frameIn(bytes) {
  if (bytes.length < 2) return undefined
  const short = bytes[1] & 0x7f
  const start = short === 126 ? 4 : 2
  if (bytes.length < start) return undefined
  const length = short === 126 ? bytes.readUInt16BE(2) : short
  if (bytes.length < start + length) return undefined
  const payload = bytes.subarray(start, start + length)
  return { value: { opcode: bytes[0] & 0x0f, payload: payload.toString('latin1') }, length: start + length }
}

/** A frame of a client, with a mask of zeros. */
export function frame(opcode, payload) {
  const bytes = Buffer.from(payload)
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | bytes.length, 0, 0, 0, 0]), bytes])
}

/** Bytes of a request. `fields` are lines; a body gets its Content-Length unless it is chunked. */
export function request(line, { fields = [], body, chunked = false, version = '1.1' } = {}) {
  const bytes = body === undefined ? undefined : Buffer.from(body)
  const framing = chunked ? ['Transfer-Encoding: chunked'] : [`Content-Length: ${bytes?.length}`]
  const lines = [`${line} HTTP/${version}`, 'Host: localhost', ...fields, ...(bytes === undefined ? [] : framing)]
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  if (bytes === undefined) return head
  if (!chunked) return Buffer.concat([head, bytes])
  const half = Math.ceil(bytes.length / 2)
  const chunk = piece => Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
  return Buffer.concat([head, chunk(bytes.subarray(0, half)), chunk(bytes.subarray(half)), Buffer.from('0\r\n\r\n')])
}
