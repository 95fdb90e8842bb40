// Names of TLS clients whose proxy has told them, during their handshake. Node makes a TLS socket of its own of the one that the header
// came on: what both have in common is their addresses, which no two connections share while they are open.
import type { Socket } from 'node:net'
import type { ListenerName } from '../peer.ts'

export class ProxiedHandshakes {
  readonly #names = new Map<string, ListenerName>()

  begun(socket: Socket, name: ListenerName): void {
    const key = keyOf(socket)
    this.#names.set(key, name)
    socket.once('close', () => this.#names.delete(key))
  }

  /** The name of a client whose handshake is over; undefined when it has left. */
  nameOf(socket: Socket): ListenerName | undefined {
    return this.#names.get(keyOf(socket))
  }
}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}
