// What net.Socket has beside a Duplex and libraries call, for streams that are no socket: nothing of it has an effect there.
import { Duplex } from 'node:stream'

export class SocketLike extends Duplex {
  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
