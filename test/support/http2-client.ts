// A client of HTTP/2: node:http2's own, with whole answers.
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2'
import { createConnection } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { constants, gunzipSync } from 'node:zlib'
import type { RawTarget } from './raw-client.ts'

export interface Http2Answer {
  readonly status: number
  readonly fields: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly interim: readonly { readonly status: number; readonly fields: Readonly<Record<string, unknown>> }[]
  readonly body: Buffer
  readonly trailers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Code of the RST_STREAM that ended it; 0 for a whole answer. */
  readonly code: number
}

export interface Http2Request {
  readonly method?: string
  readonly path: string
  readonly fields?: OutgoingHttpHeaders
  readonly body?: string | Uint8Array
}

export class Http2Client {
  readonly session: ClientHttp2Session
  /** Last stream and code of each GOAWAY. */
  readonly goaways: { readonly code: number; readonly last: number }[] = []

  readonly #fields: OutgoingHttpHeaders | undefined

  /** `fields`: of each request that is asked for as a whole; with them an answer in gzip is decoded. */
  constructor(target: RawTarget, fields?: OutgoingHttpHeaders) {
    this.#fields = fields
    const place =
      target.path === undefined ? { host: target.host ?? '127.0.0.1', port: target.port! } : { path: target.path }
    const socket =
      target.tls === true
        ? connectTls({ ...place, rejectUnauthorized: false, ALPNProtocols: ['h2'] })
        : createConnection(place)
    this.session = connect('http://contract.test', { createConnection: () => socket, maxSessionMemory: 100 })
    this.session.on('error', () => undefined)
    this.session.on('goaway', (code, last) => this.goaways.push({ code, last }))
  }

  open({ method = 'GET', path, fields = {}, body }: Http2Request): ClientHttp2Stream {
    const headers = { ':method': method, ':path': path, ':authority': 'contract.test', ...fields }
    const stream = this.session.request(headers, { endStream: body === undefined && method !== 'CONNECT' })
    stream.on('error', () => undefined)
    if (body !== undefined) stream.end(body)
    return stream
  }

  async ask(request: Http2Request): Promise<Http2Answer> {
    if (this.#fields === undefined) return answerOf(this.open(request))
    const answer = await answerOf(this.open({ ...request, fields: { ...this.#fields, ...request.fields } }))
    return { ...answer, body: decoded(answer.body, answer.fields['content-encoding']) }
  }

  get(path: string, fields: OutgoingHttpHeaders = {}): Promise<Http2Answer> {
    return this.ask({ path, fields })
  }

  destroy(): void {
    this.session.destroy()
  }
}

/** The answer on `stream`, whole or cut. */
export function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  return new Promise(resolve => {
    const pieces: Buffer[] = []
    const interim: Http2Answer['interim'][number][] = []
    let fields: Http2Answer['fields'] = {}
    let trailers: Http2Answer['trailers'] = {}
    stream.on('headers', headers => interim.push({ status: Number(headers[':status']), fields: headers }))
    stream.on('response', headers => (fields = headers))
    stream.on('trailers', headers => (trailers = headers))
    stream.on('data', (piece: Buffer) => pieces.push(piece))
    stream.on('close', () =>
      resolve({
        status: Number(fields[':status'] ?? 0),
        fields,
        interim,
        body: Buffer.concat(pieces),
        trailers,
        code: stream.rstCode,
      }),
    )
  })
}

/** As far as it has come. */
function decoded(body: Buffer, coding: unknown): Buffer {
  return coding === 'gzip' && body.length > 0 ? gunzipSync(body, { finishFlush: constants.Z_SYNC_FLUSH }) : body
}
