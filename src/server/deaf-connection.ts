// What an exchange is given instead of its connection when its client has been answered without it: nobody hears it any more.
import type { Socket } from 'node:net'
import { ClientGone } from '../app/mistakes.ts'
import type { Common } from './common.ts'
import type { Connection } from './connection.ts'
import type { WirePeer } from './peer.ts'

/** What an exchange needs of its connection. */
export type ConnectionOfExchange = Pick<
  Connection,
  | 'common'
  | 'peer'
  | 'isHalfClosed'
  | 'hasUnread'
  | 'sendText'
  | 'sendBytes'
  | 'holdBytes'
  | 'sendHeld'
  | 'whenWritable'
  | 'isFlushed'
  | 'queuedBytes'
  | 'mayPersistAfter'
  | 'readBody'
  | 'answered'
  | 'cut'
  | 'abandon'
  | 'takeOver'
>

export class DeafConnection implements ConnectionOfExchange {
  readonly common: Common
  readonly peer: WirePeer
  readonly isHalfClosed = true
  readonly hasUnread = false
  readonly isFlushed = true
  readonly queuedBytes = 0

  constructor({ common, peer }: Pick<Connection, 'common' | 'peer'>) {
    this.common = common
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
    return Promise.reject(new ClientGone())
  }

  takeOver(): { socket: Socket; head: Uint8Array } {
    throw new ClientGone()
  }
}
