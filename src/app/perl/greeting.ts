// The first words of a Perl child: who it is, and that it is ours.
import type { Duplex } from 'node:stream'
import { FRAME, FrameReader } from './frames.ts'

/** Reads them from `socket`; `reader` then goes on with what follows. Whoever does not know `token` is cut off. */
export function readGreeting(socket: Duplex, token: string, then: (pid: number, reader: FrameReader) => void): void {
  const reader = new FrameReader()
  const read = (chunk: Buffer): void => {
    try {
      reader.receive(chunk)
      const frame = reader.next()
      if (frame === undefined) return
      socket.off('data', read)
      const { type, payload } = frame
      if (type === FRAME.hello && payload.toString('latin1', 4) === token) then(payload.readUInt32BE(0), reader)
      else socket.destroy()
    } catch {
      socket.destroy()
    }
  }
  socket.on('data', read)
  socket.on('error', () => undefined)
}
