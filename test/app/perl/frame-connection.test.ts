import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameConnection } from '../../../src/app/perl/frame-connection.ts'
import { FRAME, frameText } from '../../../src/app/perl/frames.ts'
import { readHandshake } from '../../../src/app/perl/handshake.ts'
import { memoryConnection } from '../../../src/server/library/memory-socket.ts'
import { SocketTransport } from '../../../src/transport/socket-transport.ts'
import type { Transport } from '../../../src/transport/transport.ts'

const TOKEN = 'x'.repeat(32)
const hello = (type: number, token = TOKEN): string => frameText(type, 1, `\0\0\0\x07\0\0\x30\x39${token}`)

/** A line, what its user is told, and the child's end. */
function connected() {
  const { client: child, server } = memoryConnection()
  const line = new FrameConnection(new SocketTransport(server))
  const told: string[] = []
  const closed = new Promise<void>(resolve => {
    line.user = {
      heard() {
        for (let frame = line.next(); frame !== undefined; frame = line.next())
          told.push(String.fromCharCode(frame.type) + frame.payload.toString('latin1'))
        return true
      },
      closed: resolve,
    }
  })
  line.open()
  return { child, line, told, closed }
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('frames come whole, and data in pieces, however they were cut', async () => {
  const { child, told } = connected()
  const bytes =
    frameText(FRAME.response, 1, 'abc') +
    frameText(FRAME.data, 1, 'de') +
    frameText(FRAME.end, 1, '\x01') +
    frameText(FRAME.idle, 1, '\0')
  for (const byte of bytes) {
    child.write(byte, 'latin1')
    await turn()
  }
  assert.deepEqual(told, ['Rabc', 'Dd', 'De', 'E\x01', 'Z\0'])
})

test('text and bytes leave as one frame', async () => {
  const { child, line } = connected()
  line.send(FRAME.abort, 1)
  line.sendBytes(FRAME.request, 1, 'head', Buffer.from('body'))
  line.end()
  const read: Buffer[] = await child.toArray()
  assert.equal(
    Buffer.concat(read).toString('latin1'),
    `${frameText(FRAME.abort, 1, '')}${frameText(FRAME.request, 1, 'headbody')}`,
  )
})

test('who sends much waits for room, and no longer than the line lives', async () => {
  for (const makeRoom of ['read', 'destroy'] as const) {
    const { child, line } = connected()
    let room = line.sendBytes(FRAME.data, 1, '', Buffer.alloc(65_536))
    while (room === undefined) room = line.sendBytes(FRAME.data, 1, '', Buffer.alloc(65_536))
    let hasRoom = false
    void room.then(() => {
      hasRoom = true
    })
    await turn()
    assert.equal(hasRoom, false)
    if (makeRoom === 'read') child.resume()
    else line.destroy()
    await room
  }
})

test('a line that its child closes is closed, and takes nothing more', async () => {
  const { child, line, closed } = connected()
  child.end()
  child.resume()
  await closed
  assert.equal(line.isOpen, false)
  line.send(FRAME.abort, 1)
  assert.equal(line.sendBytes(FRAME.data, 1, '', Buffer.from('x')), undefined)
})

/** What a greeting of these bytes leads to. */
async function greeted(bytes: string): Promise<string> {
  const { client: child, server } = memoryConnection()
  const line = new FrameConnection(new SocketTransport(server))
  let outcome = 'nothing'
  readHandshake(line, TOKEN, {
    onChild: (number, pid) => {
      outcome = `child ${number} is ${pid}, then ${line.next()?.payload.toString('latin1')}`
    },
    onTunnel: (number, request) => {
      outcome = `tunnel of ${number} for ${request}`
    },
  })
  line.open()
  child.on('error', () => undefined)
  child.write(bytes, 'latin1')
  await turn()
  return line.isOpen ? outcome : 'cut off'
}

test('a greeting says who it is and what for; what came behind it is kept; strangers are cut off', async () => {
  assert.equal(await greeted(hello(FRAME.hello) + frameText(FRAME.idle, 1, '!')), 'child 7 is 12345, then !')
  assert.equal(await greeted(hello(FRAME.tunnel)), 'tunnel of 7 for 1')
  assert.equal(await greeted(hello(FRAME.hello).slice(0, 24)), 'nothing')
  assert.equal(await greeted(hello(FRAME.hello, 'y'.repeat(32))), 'cut off')
  assert.equal(await greeted(hello(FRAME.idle)), 'cut off')
  assert.equal(await greeted('\xff\xff\xff\xffH\0\0\0\0'), 'cut off')
})

test('large reads share memory, but for what somebody still looks at', () => {
  const line = new FrameConnection({} as Transport)
  const payloads: Buffer[] = []
  let isFree = true
  line.user = {
    heard() {
      for (let frame = line.next(); frame !== undefined; frame = line.next()) payloads.push(frame.payload)
      return isFree
    },
    closed() {},
  }
  const buffer = Buffer.alloc(65_536)
  const read = (letter: string, text = frameText(FRAME.data, 1, letter.repeat(40_000))): void =>
    line.receivedBorrowed(buffer, buffer.write(text, 'latin1'))
  read('a')
  read('b')
  assert.equal(payloads[0]!.buffer, payloads[1]!.buffer)
  isFree = false
  read('c')
  isFree = true
  read('d')
  // The first half of a frame waits for the second.
  const split = frameText(FRAME.response, 1, 'e'.repeat(60_000))
  read('e', split.slice(0, 40_000))
  read('f', split.slice(40_000) + frameText(FRAME.data, 1, 'f'.repeat(40_000)))
  const [, , c, d, e, f] = payloads
  assert.equal(c!.toString('latin1'), 'c'.repeat(40_000))
  assert.notEqual(c!.buffer, d!.buffer)
  assert.equal(e!.toString('latin1'), 'e'.repeat(60_000))
  assert.equal(f!.toString('latin1'), 'f'.repeat(40_000))
})
