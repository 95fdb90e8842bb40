import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import type { AppContext } from '../../../src/app/handler.ts'
import { PerlChildren } from '../../../src/app/perl/children.ts'
import { FLAG, FRAME, frameText, u32 } from '../../../src/app/perl/frames.ts'
import { memoryConnection } from '../../../src/server/library/memory-socket.ts'
import { SocketTransport } from '../../../src/transport/socket-transport.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** Children of a zygote that is played here: lines of its channel, and children that connect. */
async function played(t: TestContext, children: number) {
  const path = join(temporaryFolder('children'), 'z')
  const server = createServer().listen(path)
  t.after(() => server.close())
  const log: string[] = []
  const told: string[] = []
  const note = (message: string): void => void log.push(message)
  const context = { log: { error: note, warn: note, info: note } } as unknown as AppContext
  const options = {
    perl: '',
    args: [],
    maxRequests: 0,
    minRequests: 0,
    graceMs: 0,
    adopted: path,
    children,
    spawnIntervalMs: 0,
    hangMs: 0,
  }
  const pool = new PerlChildren(options, context, '/s', {
    onIdle: child => told.push(`idle ${child.pid}`),
    onLeaving: child => told.push(`leaving ${child.pid}`),
    onReady: () => told.push('ready'),
    onBroken: message => told.push(message),
    onOrphaned: () => told.push('orphaned'),
  })
  const [channel] = (await once(server, 'connection')) as [Socket]
  const lines = createInterface(channel)[Symbol.asyncIterator]()
  const next = async (count = 1): Promise<string[]> => {
    const found: string[] = []
    while (found.length < count) found.push((await lines.next()).value as string)
    return found
  }
  const token = /token=(\w{32})/.exec((await next())[0]!)![1]!
  return {
    pool,
    log,
    told,
    next,
    say: (...said: string[]): void => void channel.write(said.map(line => `${line}\n`).join('')),
    /** Child `number` connects; its pid is a hundred more. Gives its end of the line. */
    async greet(number: number) {
      const { client, server: end } = memoryConnection()
      pool.connected(new SocketTransport(end))
      client.write(frameText(FRAME.hello, 0, u32(number) + u32(number + 100) + token), 'latin1')
      client.resume()
      while (!told.includes(`idle ${number + 100}`)) await new Promise(setImmediate)
      return client
    },
    async close() {
      const closed = pool.close(0)
      channel.end()
      await closed
    },
  }
}

test('one child is forked first, then all; one that leaves or dies is replaced', async t => {
  const { say, next, greet, told, close } = await played(t, 3)
  say('ready 1')
  assert.deepEqual(await next(), ['fork 1'])
  const first = await greet(1)
  assert.deepEqual(await next(2), ['fork 2', 'fork 3'])
  await greet(3)
  assert.ok(!told.includes('ready'))
  await greet(2)
  assert.ok(told.includes('ready'))
  // It serves nobody any more, but its process has not ended.
  first.write(frameText(FRAME.leave, 0, ''), 'latin1')
  assert.deepEqual(await next(), ['fork 4'])
  assert.ok(told.includes('leaving 101'))
  say('dead 2 9')
  assert.deepEqual(await next(), ['fork 5'])
  say('dead 1 0', 'dead 77 0')
  await close()
})

test('a renewal lets an old child go when there is a new one', async t => {
  const { pool, say, next, greet, told, close } = await played(t, 2)
  say('ready 1')
  await next()
  const old = await greet(1)
  await next()
  await greet(2)
  const ended = once(old, 'end')
  pool.renew()
  assert.deepEqual(await next(2), ['fork 3', 'fork 4'])
  assert.ok(!told.includes('leaving 101'))
  await greet(3)
  await greet(4)
  await ended
  assert.ok(told.includes('leaving 101') && told.includes('leaving 102'))
  await close()
})

test('a renewal that does not start leaves the old children', async t => {
  const { pool, say, next, greet, told, log, close } = await played(t, 1)
  say('ready 1')
  await next()
  await greet(1)
  pool.renew()
  assert.deepEqual(await next(), ['fork 2'])
  say('broken No%20such%20module', 'dead 2 256')
  while (log.length === 0) await new Promise(setImmediate)
  pool.scale(2)
  // What comes next is for the new place: the old child has kept its own.
  assert.deepEqual(await next(), ['fork 3'])
  await greet(3)
  assert.deepEqual(log, ['The application does not load\nNo such module'])
  assert.ok(!told.includes('leaving 101'))
  await close()
})

test('places that do not get a child wait, others do not', async t => {
  const { say, next, greet, log, close } = await played(t, 2)
  say('ready 1')
  await next()
  await greet(1)
  await next()
  say('unforked 2 Cannot%20allocate', 'dead 1 0')
  assert.deepEqual(await next(), ['fork 3'])
  assert.deepEqual(log, ['Cannot fork a Perl child: Cannot allocate'])
  await close()
})

test('a child that says what it must not is told to end, and gets no request', async t => {
  const { say, next, greet, told, close } = await played(t, 1)
  say('ready 1')
  await next()
  const child = await greet(1)
  child.write(frameText(FRAME.end, 9, String.fromCharCode(FLAG.last)), 'latin1')
  assert.deepEqual(await next(2), ['kill 1 TERM', 'fork 2'])
  assert.ok(told.includes('leaving 101'))
  await close()
})
