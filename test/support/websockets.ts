// Clients of WebSockets: the `ws` package, and one that sends what it likes.
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'

export interface ClientSocket {
  readonly socket: WebSocket
  /** The next message that was not given yet, as text. */
  next(): Promise<string>
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

/** An open WebSocket. Rejects with an error that names the status when it is refused. */
export async function openSocket(
  url: string,
  protocols: string[] = [],
  options: ConstructorParameters<typeof WebSocket>[2] = {},
): Promise<ClientSocket> {
  const socket = new WebSocket(url, protocols, options)
  const texts: string[] = []
  const waiting: ((text: string) => void)[] = []
  socket.on('message', data => {
    const next = waiting.shift()
    if (next === undefined) texts.push(String(data))
    else next(String(data))
  })
  const closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }))
  await once(socket, 'open')
  socket.on('error', () => undefined)
  return {
    socket,
    closed,
    async next() {
      return texts.shift() ?? (await new Promise(resolve => waiting.push(resolve)))
    },
  }
}

/** The status and the body that a handshake is refused with. */
export async function refusal(
  url: string,
  options: ConstructorParameters<typeof WebSocket>[2] = {},
): Promise<{ readonly status: number; readonly body: string }> {
  const socket = new WebSocket(url, [], options)
  socket.on('error', () => undefined)
  socket.on('open', () => {
    throw new Error(`The WebSocket of ${url} is open`)
  })
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, import('node:http').IncomingMessage]
  let body = ''
  for await (const piece of response) body += String(piece)
  return { status: response.statusCode!, body }
}

export const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

/** A handshake as bytes; `changes` replaces fields, or leaves them out (undefined). */
export function handshake(
  path: string,
  changes: Readonly<Record<string, string | undefined>> = {},
  method = 'GET',
): string {
  const fields: Record<string, string | undefined> = {
    Host: 'app.example',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': KEY,
    ...changes,
  }
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  )
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** A frame of a client (RFC 6455 5.2), masked with zeros. */
export function frame(opcode: number, payload: string | Uint8Array, isMasked: boolean = true): Buffer {
  const bytes = Buffer.from(payload as string)
  const mask = isMasked ? 0x80 : 0
  const length = bytes.length < 126 ? [mask | bytes.length] : [mask | 126, bytes.length >> 8, bytes.length & 0xff]
  return Buffer.concat([Buffer.from([0x80 | opcode, ...length, ...(isMasked ? [0, 0, 0, 0] : [])]), bytes])
}

/** A client that sends what it likes, and gathers what comes. */
export class RawWebSocket {
  readonly socket: Socket
  #text = ''
  #isOver = false
  #changed: () => void = () => undefined

  constructor(t: Pick<TestContext, 'after'>, port: number) {
    this.socket = createConnection({ port, host: '127.0.0.1' })
    this.socket.on('data', chunk => {
      this.#text += chunk.toString('latin1')
      this.#changed()
    })
    this.socket.on('error', () => undefined)
    for (const event of ['end', 'close'])
      this.socket.on(event, () => {
        this.#isOver = true
        this.#changed()
      })
    t.after(() => this.socket.destroy())
  }

  /** What was received, one character per byte. */
  get text(): string {
    return this.#text
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes)
  }

  /** Sends the handshake and waits for the end of the answer's head. */
  async open(request: string): Promise<void> {
    this.send(request)
    await this.seen('\r\n\r\n')
  }

  /** Resolves when what was received contains `text`. Rejects when the server ends before. */
  async seen(text: string): Promise<void> {
    while (!this.#text.includes(text)) {
      if (this.#isOver) throw new Error(`The server ended behind ${JSON.stringify(this.#text.slice(0, 500))}`)
      await this.#change()
    }
  }

  /** The code of the server's close frame; 1006 when it ends without. Then this side ends as well, without an answer. */
  async closed(): Promise<number> {
    while (this.#closeCode === undefined && !this.#isOver) await this.#change()
    this.socket.end()
    return this.#closeCode ?? 1006
  }

  get #closeCode(): number | undefined {
    const frame = Buffer.from(this.#text.slice(-4), 'latin1')
    return frame[0] === 0x88 && frame[1] === 2 ? frame.readUInt16BE(2) : undefined
  }

  #change(): Promise<void> {
    return new Promise(resolve => {
      this.#changed = resolve
    })
  }
}
