// Handshakes of a TLS server that the application has made: with its keys, its SNICallback, its ALPN and all else that it was given, also
// what it is given later (`setSecureContext`, `addContext`). Its connections are not its own: in place of its server, we take them.
import type { Socket } from 'node:net'
import type { TLSSocket, Server as TlsServer } from 'node:tls'

export interface OwnHandshakes {
  /** No handshake takes longer. */
  readonly mostMs: number
  /** False: clients are not offered HTTP/2, whatever the server has. */
  readonly http2: boolean
  onSecure(socket: TLSSocket): void
  onLost(socket: TLSSocket, error: Error): void
}

/** Node's listener that begins a handshake, on each of its TLS servers; the same from Node 20 to 26. */
const LISTENER = 'tlsConnectionListener'
const HTTP1_ONLY = Buffer.from('\x08http/1.1')

/** What begins a handshake on a socket; undefined for a server that cannot do it, or has nothing to do it with. */
export function ownHandshakes(server: TlsServer, parts: OwnHandshakes): ((socket: Socket) => void) | undefined {
  const begin = server.rawListeners('connection').find(({ name }) => name === LISTENER)
  if (begin === undefined) return undefined
  const front = Object.create(server, {
    emit: {
      value: (event: string, ...values: [never, never]): boolean => {
        if (event === 'secureConnection') parts.onSecure(values[0])
        else if (event === 'tlsClientError') {
          server.emit(event, ...values)
          parts.onLost(values[1], values[0])
        } else return server.emit(event, ...values)
        return true
      },
    },
    ...shortened(server, parts.mostMs),
    ...(!parts.http2 && hasAlpn(server) && { ALPNProtocols: { value: HTTP1_ONLY } }),
  }) as TlsServer
  return socket => void Reflect.apply(begin, front, [socket])
}

/** Node keeps the time under a symbol. */
function shortened(server: TlsServer, mostMs: number): PropertyDescriptorMap {
  const symbol = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'handshake-timeout')
  if (symbol === undefined) return {}
  const own = Reflect.get(server, symbol) as number
  return { [symbol]: { value: Math.min(own, mostMs) } }
}

function hasAlpn(server: object): boolean {
  return 'ALPNProtocols' in server && server.ALPNProtocols !== undefined
}
