// A server with a listener for HTTP/2 without TLS, and clients for it.
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { Handler } from '../../src/app/handler.ts'
import { createServer, type Server, type ServerSettings } from '../../src/server/http-server.ts'
import { Http2Client } from './http2-client.ts'
import { FRAME, frame, framesOf, PREFACE, type SeenFrame } from './http2-frames.ts'
import { SILENT } from './open-transport.ts'

export interface Http2Place {
  readonly server: Server
  readonly port: number
  client(): Http2Client
  /** Sends `bytes` behind preface and settings; what comes back is gathered. */
  raw(...bytes: readonly (string | Uint8Array)[]): RawHttp2
}

/** A client that sends what it likes. */
export class RawHttp2 {
  readonly socket: Socket
  readonly closed: Promise<unknown>
  #bytes: Buffer[] = []

  constructor(port: number, bytes: readonly (string | Uint8Array)[]) {
    this.socket = createConnection({ port, host: '127.0.0.1' })
    this.socket.on('data', piece => this.#bytes.push(piece)).on('error', () => undefined)
    this.closed = new Promise(resolve => this.socket.on('close', resolve))
    for (const piece of [PREFACE, frame(FRAME.settings, 0, 0), ...bytes]) this.socket.write(piece)
  }

  get frames(): SeenFrame[] {
    return framesOf(Buffer.concat(this.#bytes))
  }

  /** Resolves with the first frame that fits; with undefined when the connection closes without. */
  async frame(fits: (seen: SeenFrame) => boolean): Promise<SeenFrame | undefined> {
    for (;;) {
      const found = this.frames.find(fits)
      if (found !== undefined || this.socket.closed) return found
      await Promise.race([once(this.socket, 'data'), this.closed])
    }
  }
}

export async function http2Place(
  t: TestContext,
  handler: Handler,
  settings: Partial<ServerSettings> = {},
): Promise<Http2Place> {
  const server = createServer({ handler, log: SILENT, settings })
  const bound = await server.listen({ kind: 'tcp', host: '127.0.0.1', port: 0, h2c: true })
  const port = 'port' in bound ? bound.port : -1
  const ends: (() => void)[] = []
  t.after(async () => {
    for (const end of ends) end()
    await server.close()
  })
  return {
    server,
    port,
    client() {
      const client = new Http2Client({ port })
      ends.push(() => client.destroy())
      return client
    },
    raw(...bytes) {
      const raw = new RawHttp2(port, bytes)
      ends.push(() => raw.socket.destroy())
      return raw
    },
  }
}
