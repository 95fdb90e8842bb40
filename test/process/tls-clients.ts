// Clients of TLS that make one handshake each.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ConnectionOptions, connect } from 'node:tls'
import type { StarlightProcess } from '../support/starlight-process.ts'

export interface Hands {
  /** Common name of the certificate that the server showed. */
  readonly name: string
  readonly isResumed: boolean
  readonly session: Buffer | undefined
}

/** One handshake, one request, and the end. Rejects when any of it fails. */
export async function shake(server: StarlightProcess, options: ConnectionOptions = {}): Promise<Hands> {
  const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ...options })
  let session: Buffer | undefined
  let text = ''
  socket.on('session', ticket => {
    session = ticket
  })
  socket.setEncoding('latin1').on('data', piece => {
    text += piece
  })
  await once(socket, 'secureConnect')
  const name = String(socket.getPeerCertificate().subject?.CN)
  const isResumed = socket.isSessionReused()
  socket.end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await once(socket, 'close')
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/)
  return { name, isResumed, session }
}
