// What an exchange is given instead of its connection when its client has been answered without it: nobody hears it any more.
import { ClientDisconnected } from '../../app/errors.ts'
import type { ConnectionPeer } from '../peer.ts'
import type { ServerContext } from '../server-context.ts'
import type { RequestInput } from './connection-input.ts'
import type { ExchangeConnection, TakenOver } from './exchange-connection.ts'
import type { ResponseOutput } from './write-buffer.ts'

const NO_INPUT: RequestInput = { unreadBytes: 0, isInBody: false, isEof: true }

const NO_OUTPUT: ResponseOutput = {
  queuedBytes: 0,
  isFlushed: true,
  text() {},
  bytes() {},
  hold() {},
  sendHeld: () => undefined,
  whenWritable: () => undefined,
}

export class DetachedConnection implements ExchangeConnection<unknown> {
  readonly context: ServerContext
  readonly peer: ConnectionPeer
  readonly input: RequestInput = NO_INPUT
  readonly output: ResponseOutput = NO_OUTPUT

  constructor({ context, peer }: Pick<ExchangeConnection<unknown>, 'context' | 'peer'>) {
    this.context = context
    this.peer = peer
  }

  answered(): void {}
  cut(): void {}

  abandon(): boolean {
    return false
  }

  readBody(): Promise<never> {
    return Promise.reject(new ClientDisconnected())
  }

  takeOver(): TakenOver {
    throw new ClientDisconnected()
  }
}
