import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { test } from 'node:test'
import { closeAfterQueue } from '../../src/server/close-after-queue.ts'

/** More than a queue that was shortened has places for. */
const CLIENTS = 20
/** Clients who find no place in a queue wait for minutes. */
const OPTIONS = { skip: process.platform === 'win32' ? 'sockets are not inherited' : false, timeout: 60_000 }

test(
  'a socket that others have, too: who waits is accepted, and its queue stays as long as it was',
  OPTIONS,
  async t => {
    let accepted = 0
    const server = createServer(socket => {
      accepted++
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    // In the place of systemd: it has the socket, and accepts nothing.
    const giver = spawn(process.execPath, ['-e', 'process.stdin.resume().on("end", process.exit)'], {
      stdio: ['pipe', 'ignore', 'inherit', (server as unknown as { _handle: { fd: number } })._handle.fd],
    })
    t.after(() => giver.kill('SIGKILL'))
    const inQueue = once(connect(port, '127.0.0.1').resume(), 'close')
    // Net connects at the next tick: nothing is accepted before the next turn.
    await new Promise<void>(resolve => process.nextTick(resolve))

    await closeAfterQueue(server, () => accepted, true)

    assert.deepEqual([accepted, server.listening], [1, false])
    await inQueue
    const clients = Array.from({ length: CLIENTS }, () => connect(port, '127.0.0.1'))
    t.after(() => clients.forEach(client => void client.destroy()))
    await Promise.all(clients.map(client => once(client, 'connect')))
  },
)
