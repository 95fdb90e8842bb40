// Clients that never forgive: each request has a number of its own, and every answer is compared with it.
import { once } from 'node:events'
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'

export interface Load {
  readonly port: number
  /** Clients stop when it says so. */
  isOver(): boolean
  /** Gives the number of the next request. */
  next(): number
  /** Takes what went wrong. */
  failed(what: string): void
}

/** Asks one after another, on kept connections or on a new one each time. */
export async function askingClient(load: Load, isKeptAlive: boolean): Promise<void> {
  const agent = new Agent({ keepAlive: isKeptAlive, maxSockets: 1 })
  while (!load.isOver()) {
    const id = load.next()
    const asked = request({ port: load.port, host: '127.0.0.1', path: `/?id=${id}`, agent })
    asked.end()
    await check(load, asked, `${id} 0`)
  }
  agent.destroy()
}

/** Sends a body piece by piece for `seconds`, again and again. */
export async function uploadingClient(load: Load, seconds: number): Promise<void> {
  const piece = Buffer.alloc(1000, 'x')
  while (!load.isOver()) {
    const id = load.next()
    const asked = request({ port: load.port, host: '127.0.0.1', path: `/?id=${id}`, method: 'POST', agent: false })
    const answered = check(load, asked, `${id} ${seconds * 10 * piece.length}`)
    for (let i = 0; i < seconds * 10; i++) {
      asked.write(piece)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    asked.end()
    await answered
  }
}

async function check(load: Load, asked: ClientRequest, expected: string): Promise<void> {
  try {
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    let body = ''
    for await (const chunk of response.setEncoding('utf8')) body += chunk
    if (response.statusCode !== 200 || body !== expected)
      load.failed(`expected "${expected}", got ${response.statusCode} "${body}"`)
  } catch (error) {
    load.failed(`expected "${expected}", got ${error}`)
  }
}

const DEPTH = 8
const ANSWER = /^HTTP\/1\.1 (\d+) [\s\S]*?\r\n\r\n/

/**
 * Sends requests in batches. RFC 9112 9.3.2: what was sent behind the answer that closes the connection is sent again, on a
 * new one, because the server has not looked at it.
 */
export async function pipeliningClient(load: Load): Promise<void> {
  let owed: number[] = []
  while (!load.isOver() || owed.length > 0) {
    const socket = connect(load.port, '127.0.0.1')
    socket.setNoDelay(true)
    try {
      owed = await onePipeline(load, socket, owed)
    } catch (error) {
      load.failed(`a pipeline with ${owed.join(' ')}: ${error}`)
      owed = []
    }
    socket.destroy()
  }
}

/** Resolves with the requests that were left when the server closed the connection. */
async function onePipeline(load: Load, socket: Socket, before: readonly number[]): Promise<number[]> {
  const owed = [...before]
  let received = ''
  const pieces = socket.setEncoding('latin1')[Symbol.asyncIterator]()
  for (;;) {
    while (owed.length < DEPTH && !load.isOver()) owed.push(load.next())
    if (owed.length === 0) return []
    socket.write(owed.map(id => `GET /?id=${id} HTTP/1.1\r\nHost: load\r\n\r\n`).join(''))
    while (owed.length > 0) {
      const { head, body, rest } = await oneAnswer(pieces, received)
      received = rest
      const id = owed.shift()
      if (body !== `${id} 0`) load.failed(`expected "${id} 0", got "${head}${body}"`)
      if (/\r\nConnection: close\r\n/i.test(head)) return owed
    }
  }
}

async function oneAnswer(
  pieces: AsyncIterator<string>,
  before: string,
): Promise<{ head: string; body: string; rest: string }> {
  let text = before
  for (;;) {
    const head = ANSWER.exec(text)?.[0]
    const length = Number(/\r\nContent-Length: (\d+)\r\n/i.exec(head ?? '')?.[1])
    if (head !== undefined && text.length >= head.length + length) {
      const end = head.length + length
      return { head, body: text.slice(head.length, end), rest: text.slice(end) }
    }
    const piece = await pieces.next()
    if (piece.done === true) throw new Error(`the connection ended behind "${text}"`)
    text += piece.value
  }
}
