// The first words on a connection to a Perl child: who it is, that it is ours, and what the connection is for.

import type { FrameConnection } from './frame-connection.ts'
import { FRAME } from './frames.ts'

export interface Handshake {
  /** It is the line of `child` itself; it may have said more already. */
  onChild(child: number, pid: number): void
  /** It is the tunnel to the client of `request`, which `child` serves. */
  onTunnel(child: number, request: number): void
}

/** Reads them from `line`. A peer that does not know `token` is cut off. */
export function readHandshake(line: FrameConnection, token: string, then: Handshake): void {
  line.user = {
    heard() {
      try {
        const frame = line.next()
        if (frame === undefined) return false
        line.user = undefined
        const { type, request, payload } = frame
        if (payload.toString('latin1', 8) !== token) line.destroy()
        else if (type === FRAME.hello) then.onChild(payload.readUInt32BE(0), payload.readUInt32BE(4))
        else if (type === FRAME.tunnel) then.onTunnel(payload.readUInt32BE(0), request)
        else line.destroy()
      } catch {
        line.destroy()
      }
      return false
    },
    closed() {},
  }
}
