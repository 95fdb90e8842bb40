// The first words on a connection to a Perl child: who it is, that it is ours, and what the connection is for.
import type { Duplex } from 'node:stream'
import { FRAME, FrameReader } from './frames.ts'

export interface Greeted {
  /** It is the child's own; `reader` goes on with what follows. */
  onChild(pid: number, reader: FrameReader): void
  /** It is the tunnel to the client that the child serves. */
  onTunnel(pid: number): void
}

/** Reads them from `socket`. Whoever does not know `token` is cut off. */
export function readGreeting(socket: Duplex, token: string, then: Greeted): void {
  const reader = new FrameReader()
  const read = (chunk: Buffer): void => {
    try {
      reader.receive(chunk)
      const frame = reader.next()
      if (frame === undefined) return
      socket.off('data', read)
      const { type, payload } = frame
      if (payload.toString('latin1', 4) !== token) socket.destroy()
      else if (type === FRAME.hello) then.onChild(payload.readUInt32BE(0), reader)
      else if (type === FRAME.tunnel) then.onTunnel(payload.readUInt32BE(0))
      else socket.destroy()
    } catch {
      socket.destroy()
    }
  }
  socket.on('data', read)
  socket.on('error', () => undefined)
}
