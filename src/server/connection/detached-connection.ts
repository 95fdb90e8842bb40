// What an exchange is given instead of its connection when its client has been answered without it: nobody hears it any more.
import type { Socket } from 'node:net'
import { ClientDisconnected } from '../../app/errors.ts'
import type { ConnectionPeer } from '../peer.ts'
import type { ServerContext } from '../server-context.ts'
import type { ExchangeConnection } from './exchange-connection.ts'

export class DetachedConnection implements ExchangeConnection<unknown> {
  readonly context: ServerContext
  readonly peer: ConnectionPeer
  readonly isHalfClosed = true
  readonly hasUnread = false
  readonly isFlushed = true
  readonly queuedBytes = 0

  constructor({ context, peer }: Pick<ExchangeConnection<unknown>, 'context' | 'peer'>) {
    this.context = context
    this.peer = peer
  }

  sendText(): void {}
  sendBytes(): void {}
  holdBytes(): void {}
  answered(): void {}
  cut(): void {}

  whenWritable(): undefined {}
  sendHeld(): undefined {}

  abandon(): boolean {
    return false
  }

  mayPersistAfter(): boolean {
    return false
  }

  readBody(): Promise<never> {
    return Promise.reject(new ClientDisconnected())
  }

  takeOver(): { socket: Socket; head: Uint8Array } {
    throw new ClientDisconnected()
  }
}
