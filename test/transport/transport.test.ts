import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server, Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { acceptHandles, sendWithoutDelay } from '../../src/transport/accept-handles.ts'
import { HandleTransport } from '../../src/transport/handle-transport.ts'
import { hasHandles } from '../../src/transport/libuv-streams.ts'
import { SocketTransport } from '../../src/transport/socket-transport.ts'
import type { Transport, TransportUser } from '../../src/transport/transport.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Keeps what a transport reports, and lets a test wait for it. */
class Witness implements TransportUser {
  text = ''
  readonly events: string[] = []
  #waiting: { event: string; resolve: () => void } | undefined
  onReceived: (() => void) | undefined

  received(chunk: Uint8Array): void {
    this.text += Buffer.from(chunk).toString('latin1')
    this.onReceived?.()
    this.#note('received')
  }

  receivedBorrowed(buffer: Uint8Array, length: number): void {
    this.received(buffer.subarray(0, length))
  }

  receivedEnd(): void {
    this.#note('end')
  }

  drained(): void {
    this.#note('drained')
  }

  lost(): void {
    this.#note('lost')
  }

  async until(event: string): Promise<void> {
    if (this.events.includes(event)) return
    await new Promise<void>(resolve => {
      this.#waiting = { event, resolve }
    })
  }

  #note(event: string): void {
    this.events.push(event)
    if (this.#waiting?.event === event) this.#waiting.resolve()
  }
}

interface Pair {
  readonly transport: Transport
  readonly witness: Witness
  readonly client: Socket
}

test('this Node has the handles below its sockets: without them all is well, and slower', () => {
  assert.equal(hasHandles, process.env['STARLIGHT_TRANSPORT'] !== 'socket')
})

for (const kind of ['handle', 'socket'] as const) {
  for (const family of ['tcp', 'unix'] as const) {
    describe(`a ${kind} transport over ${family}`, () => {
      const folder = temporaryFolder('wire')
      let server: Server
      const arrived: ((transport: Transport) => void)[] = []

      before(async () => {
        const take = (transport: Transport): void => arrived.shift()?.(transport)
        server = createServer({ allowHalfOpen: true }, socket => take(new SocketTransport(socket)))
        if (family === 'tcp') server.listen(0, '127.0.0.1')
        else server.listen(join(folder, 'socket'))
        await once(server, 'listening')
        sendWithoutDelay(server)
        if (kind === 'handle') acceptHandles(server, handle => take(new HandleTransport(handle)))
      })

      after(() => server.close())

      async function pair(): Promise<Pair> {
        const came = new Promise<Transport>(resolve => arrived.push(resolve))
        const address = server.address()
        const options = typeof address === 'string' ? { path: address } : { port: Number(address?.port) }
        const client = connect({ host: '127.0.0.1', allowHalfOpen: true, ...options })
        client.on('error', () => undefined)
        const [transport] = await Promise.all([came, once(client, 'connect')])
        const witness = new Witness()
        transport.open(witness)
        return { transport, witness, client }
      }

      test('carries text and bytes both ways, head and body in order', async () => {
        const { transport, witness, client } = await pair()
        client.write('question')
        await witness.until('received')
        assert.equal(witness.text, 'question')
        assert.equal(transport.sendText('\xe9'), true)
        assert.equal(transport.sendBytes('head', Buffer.from('body')), true)
        assert.equal(transport.sendBytes('', Buffer.from('more')), true)
        assert.equal(transport.sendPieces(['', Buffer.from('bytes'), '\xe8']), true)
        assert.equal(transport.sendPieces(['[', Buffer.from('a'), '', Buffer.from('nd'), ']']), true)
        assert.equal(transport.isFlushed, true)
        transport.endAndClose()
        assert.equal(await textOf(client), '\xe9headbodymorebytes\xe8[and]')
        client.end()
        await witness.until('lost')
        assert.equal(transport.isOpen, false)
      })

      const hasPerl = family === 'tcp' && kind === 'handle' && spawnSync('perl', ['-e', '']).status === 0
      test('sends small pieces without delay', {
        skip: hasPerl ? false : 'of TCP handles, and perl is needed',
      }, async () => {
        const { transport, client } = await pair()
        const { fd } = (transport.socket as unknown as { _handle: { fd: number } })._handle
        const ask = 'print unpack "i", getsockopt STDIN, IPPROTO_TCP, TCP_NODELAY'
        const { stdout } = spawnSync('perl', ['-MSocket=:all', '-e', ask], {
          stdio: [fd, 'pipe', 'inherit'],
        })
        assert.equal(String(stdout), '1')
        transport.destroy()
        client.destroy()
      })

      test('tells that there is no room, and when there is again; nothing is lost', async () => {
        const { transport, witness, client } = await pair()
        const bytes = Buffer.alloc(1 << 20, 'x')
        let sent = 0
        while (transport.sendBytes('', bytes)) sent++
        sent++
        assert.equal(witness.events.includes('drained'), false)
        assert.equal(transport.isFlushed, false)
        const all = textOf(client)
        await witness.until('drained')
        assert.equal(transport.isFlushed, true)
        transport.end(() => undefined)
        client.end()
        assert.equal((await all).length, sent * bytes.length)
        await witness.until('lost')
      })

      test('closes when its peer takes nothing for too long while a send waits', async () => {
        const { transport, witness, client } = await pair()
        client.pause()
        while (transport.sendBytes('', Buffer.alloc(1 << 20))) {}
        transport.limitStall(50)
        await witness.until('lost')
        assert.equal(transport.isOpen, false)
        client.destroy()
      })

      test('is half-closed by either side: what is sent after the end of the peer arrives', async () => {
        const { transport, witness, client } = await pair()
        client.end('last')
        await witness.until('end')
        assert.equal(witness.text, 'last')
        assert.equal(transport.isOpen, true)
        transport.sendText('answer')
        const ended = new Promise<void>(resolve => transport.end(resolve))
        assert.equal(transport.isOpen, false)
        assert.equal(await textOf(client), 'answer')
        await ended
        await witness.until('lost')
      })

      test('reads on after its own end until the peer ends', async () => {
        const { transport, witness, client } = await pair()
        transport.end(() => undefined)
        await textOf(client)
        client.end('late')
        await witness.until('lost')
        assert.equal(witness.text, 'late')
      })

      test('a pause holds bytes back until it resumes', async () => {
        const { transport, witness, client } = await pair()
        client.write('first')
        await witness.until('received')
        transport.pause()
        const flushed = new Promise<void>(resolve => client.write('second', () => resolve()))
        await flushed
        await new Promise(resolve => setImmediate(resolve))
        assert.equal(witness.text, 'first')
        transport.resume()
        await new Promise<void>(resolve => {
          witness.onReceived = resolve
        })
        assert.equal(witness.text, 'firstsecond')
        transport.destroy()
        await witness.until('lost')
        client.destroy()
      })

      test('destroy is told once, in a later turn', async () => {
        const { transport, witness, client } = await pair()
        transport.destroy()
        assert.deepEqual(witness.events, [])
        transport.destroy()
        await witness.until('lost')
        assert.equal(witness.events.filter(event => event === 'lost').length, 1)
        client.destroy()
      })

      test('a peer that resets is lost', async () => {
        const { transport, witness, client } = await pair()
        if (family === 'tcp') client.resetAndDestroy()
        else client.destroy()
        await witness.until(family === 'tcp' ? 'lost' : 'end')
        transport.destroy()
        await witness.until('lost')
      })

      for (const hasSocket of [false, true]) {
        test(`reset is a reset where there is one, ${hasSocket ? 'after' : 'before'} somebody had the socket`, async () => {
          const { transport, witness, client } = await pair()
          if (hasSocket) assert.equal(transport.socket.destroyed, false)
          const failed = once(client, family === 'tcp' ? 'error' : 'end')
          client.resume()
          transport.reset()
          const [error] = await failed
          if (family === 'tcp') assert.equal((error as NodeJS.ErrnoException).code, 'ECONNRESET')
          await witness.until('lost')
          client.destroy()
        })
      }

      test('knows both ends', async () => {
        const { transport, client } = await pair()
        const isTcp = family === 'tcp'
        assert.equal(transport.remoteAddress, isTcp ? '127.0.0.1' : undefined)
        assert.equal(transport.remotePort, isTcp ? client.localPort : undefined)
        assert.equal(transport.localAddress, isTcp ? '127.0.0.1' : undefined)
        assert.equal(transport.localPort, isTcp ? client.remotePort : undefined)
        assert.equal(transport.socket.remotePort, transport.remotePort)
        transport.destroy()
        client.destroy()
      })

      test('its socket is a genuine one, whose end is the end of the transport', async () => {
        const { transport, witness, client } = await pair()
        assert.ok(transport.socket instanceof Socket)
        assert.equal(transport.socket, transport.socket)
        client.write('still ours')
        await witness.until('received')
        transport.socket.destroy()
        assert.equal(transport.isOpen, false)
        await witness.until('lost')
        assert.equal(transport.socket.destroyed, true)
        client.destroy()
      })

      test('is released in the middle of a read: a stream from there on, with backpressure and an end', async () => {
        const { transport, witness, client } = await pair()
        const released = new Promise<Socket>(resolve => {
          witness.onReceived = () => resolve(transport.release())
        })
        client.write('upgrade')
        const socket = await released
        const large = 'x'.repeat(1 << 20)
        client.end(large)
        const all = textOf(socket)
        socket.write('switched')
        assert.equal((await all).length, large.length)
        assert.equal(witness.text, 'upgrade')
        socket.end('bye')
        assert.equal(await textOf(client), 'switchedbye')
        await witness.until('lost')
      })
    })
  }
}

/** All that comes, without closing the other direction. */
async function textOf(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  await once(socket, 'end')
  return text
}
