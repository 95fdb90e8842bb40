// tls-alpn-01 (RFC 8737): an authority asks for the protocol acme-tls/1 and a name, and is shown a certificate that says what it wants to hear. No
// other client may ever see that certificate, so the first message is read before it is decided who shakes hands.
import { readFile } from 'node:fs/promises'
import type { Server, Socket } from 'node:net'
import type { Server as TlsServer } from 'node:tls'
import { alpnFile } from './challenge-files.ts'
import { readClientHello } from './client-hello.ts'

const PROTOCOL = 'acme-tls/1'

export interface ChallengeSettings {
  /** Directory of the answers. */
  readonly folder: string
  readonly names: readonly string[]
}

export interface Peeking extends ChallengeSettings {
  /** A client that says nothing for so long is cut. */
  readonly helloMs: number
  /** It did not say hello. Called with what became of it, once. */
  onLost(socket: Socket, reason: string): void
  /** A socket is looked at, and is not any more; for whoever counts handshakes. */
  onBegun(): void
  onOver(): void
}

/** Puts the answers to challenges in front of a server of TLS: all connections but the authority's go to it as they came. */
export function answerAlpnChallenges(server: TlsServer, options: Peeking): void {
  const handshakes = server.listeners('connection') as ((this: Server, socket: Socket) => void)[]
  server.removeAllListeners('connection')
  const goOn = (socket: Socket): void => {
    for (const begin of handshakes) begin.call(server, socket)
  }
  server.on('connection', (socket: Socket) => peek(socket, options, goOn))
}

function peek(socket: Socket, options: Peeking, goOn: (socket: Socket) => void): void {
  const { helloMs, onLost, onBegun, onOver } = options
  const pieces: Buffer[] = []
  const lose = (reason: string): void => {
    stop()
    onLost(socket, reason)
    socket.destroy()
  }
  const onReadable = (): void => {
    for (let piece: Buffer | null; (piece = socket.read() as Buffer | null) !== null; ) pieces.push(piece)
    const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
    const hello = readClientHello(bytes)
    if (hello === undefined) return
    stop()
    socket.unshift(bytes)
    if (hello.protocols.includes(PROTOCOL)) void prove(socket, hello.name, options)
    else goOn(socket)
  }
  const onEnd = (): void => lose('it left before its first message')
  const onError = ({ message }: Error): void => lose(message)
  const late = setTimeout(() => lose('no first message in time'), helloMs).unref()
  const stop = (): void => {
    clearTimeout(late)
    socket.off('readable', onReadable).off('end', onEnd).off('close', onEnd).off('error', onError)
    onOver()
  }
  onBegun()
  socket.on('readable', onReadable).on('end', onEnd).on('close', onEnd).on('error', onError)
}

/** Shakes hands with the certificate for the name, and closes: that is all that the authority wants. */
async function prove(socket: Socket, name: string, { folder, names, helloMs }: Peeking): Promise<void> {
  socket.on('error', () => undefined)
  const text = names.includes(name) ? await readFile(alpnFile(folder, name), 'latin1').catch(() => '') : ''
  if (text === '' || socket.destroyed) {
    socket.destroy()
    return
  }
  const { TLSSocket } = process.getBuiltinModule('node:tls')
  const secure = new TLSSocket(socket, { isServer: true, key: text, cert: text, ALPNProtocols: [PROTOCOL] })
  const late = setTimeout(() => secure.destroy(), helloMs).unref()
  secure.once('close', () => clearTimeout(late))
  secure.on('error', () => secure.destroy())
  secure.once('secure', () => secure.end())
}
