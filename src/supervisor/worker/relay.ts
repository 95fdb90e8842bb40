// The end of a relayed connection (server/relayed-socket.ts) that has the socket.
import type { Socket } from 'node:net'
import type { MessagePort } from 'node:worker_threads'
import type { EndPoints, FromSocket, ToSocket } from '../../server/relayed-socket.ts'

/** Sends what the socket receives to the port, one piece at a time, and does with the socket what the port says. */
export function relay(socket: Socket, port: MessagePort): void {
  const say = (what: FromSocket): void => port.postMessage(what)
  socket.allowHalfOpen = true
  socket.on('data', (bytes: Buffer) => {
    socket.pause()
    say({ bytes })
  })
  socket.on('end', () => say('end'))
  socket.on('timeout', () => socket.destroy())
  // A reset is a client's way of leaving: 'close' follows.
  socket.on('error', () => undefined)
  socket.once('close', () => {
    say('gone')
    port.close()
  })
  // The other thread has ended.
  port.once('close', () => socket.destroy())
  port.on('message', (said: ToSocket) => perform(said, socket, () => say('taken')))
  socket.resume()
}

export function endPointsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): EndPoints {
  return { remoteAddress, remotePort, localAddress, localPort }
}

function perform(said: ToSocket, socket: Socket, taken: () => void): void {
  if (said === 'more') socket.resume()
  else if (said === 'end') socket.end(taken)
  else if (said === 'reset') socket.resetAndDestroy()
  else if (said === 'gone') socket.destroy()
  else if ('stallMs' in said) socket.setTimeout(said.stallMs)
  else socket.write(said.bytes, taken)
}
