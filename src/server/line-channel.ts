// A line to the master besides the IPC channel, for a thread that must be heard while the main thread is not.
import { Socket } from 'node:net'

/** Writes text; calls `onAsked` for each line that comes, and `onClosed` once the master is gone. It keeps no process alive. */
export function openLineChannel(fd: number, onAsked: () => void, onClosed: () => void): { write(text: string): void } {
  const socket = new Socket({ fd, readable: true, writable: true })
  socket.on('error', () => undefined)
  socket.on('close', onClosed)
  socket.setEncoding('utf8').on('data', (text: string) => {
    for (const _ of text.match(/\n/g) ?? []) onAsked()
  })
  return { write: text => void socket.write(text) }
}
