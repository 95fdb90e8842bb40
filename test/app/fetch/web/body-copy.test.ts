// Memory of bodies that is used again: never while anybody may still read it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { connect as tlsConnect } from 'node:tls'
import { BodyCopy } from '../../../../src/app/fetch/web/body-copy.ts'
import { installLightGlobals } from '../../../../src/app/fetch/web/globals.ts'
import { isLightResponse, sendLight } from '../../../../src/app/fetch/web/light-response.ts'
import { type Running, serve } from '../../../../src/server/library/serve.ts'
import { writeCertificate } from '../../../support/certificate.ts'
import { FakeExchange } from '../../../support/fake-exchange.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'
import { GET, turn } from '../ask.ts'

installLightGlobals()

const SIZE = 100_000
/** A few of them are more than the kernel takes for a client that does not read. */
const LARGEST = 1 << 21
const filled = (value: number, size = SIZE): Uint8Array<ArrayBuffer> => new Uint8Array(size).fill(value)

/** Takes bytes as a connection does, without a copy, and has them for as long as it is full. */
class Holder extends FakeExchange {
  taken: Uint8Array | undefined

  override answer(...given: Parameters<FakeExchange['answer']>): void {
    this.taken = given[2] as Uint8Array
    super.answer(...given)
  }
}

function send(response: Response, isFull: boolean): Holder {
  const exchange = new Holder(GET)
  exchange.isFull = isFull
  assert.ok(isLightResponse(response))
  sendLight(response, exchange)
  return exchange
}

const memoryOf = (exchange: Holder): unknown => exchange.taken?.buffer

test('a copy has the bytes that were there when it was made', () => {
  for (const size of [16_384, 65_535, 65_536, 65_537, 1 << 20, 1 << 21, (1 << 21) + 1]) {
    const source = Uint8Array.from({ length: size }, (_, i) => i % 251)
    const copy = new BodyCopy(source)
    const expected = source.slice()
    source.fill(0)
    assert.equal(Buffer.compare(copy.borrow(), expected), 0, `${size} bytes`)
  }
})

test('memory that was given back goes to the next copy of about that size', () => {
  const copy = new BodyCopy(filled(1))
  const memory = copy.borrow().buffer
  assert.notEqual(new BodyCopy(filled(2)).borrow().buffer, memory)
  copy.giveBack()
  assert.equal(new BodyCopy(filled(3, SIZE + 1)).borrow().buffer, memory)
})

test('memory goes back when the last of its borrowers has given it back', () => {
  const copy = new BodyCopy(filled(1))
  const memory = copy.borrow().buffer
  copy.borrow()
  copy.giveBack()
  assert.notEqual(new BodyCopy(filled(2)).borrow().buffer, memory)
  copy.giveBack()
  assert.equal(new BodyCopy(filled(3)).borrow().buffer, memory)
})

test('memory that somebody keeps never goes back', () => {
  const copy = new BodyCopy(filled(1))
  const { buffer } = copy.borrow()
  const kept = copy.keep()
  copy.giveBack()
  assert.notEqual(new BodyCopy(filled(2)).borrow().buffer, buffer)
  assert.equal(Buffer.compare(kept, filled(1)), 0)
})

test('bytes that have been given back are copied again; those whose source has gone are an error', () => {
  const source = filled(1)
  const copy = new BodyCopy(source)
  copy.borrow()
  copy.giveBack()
  assert.equal(Buffer.compare(copy.borrow(), filled(1)), 0)
  copy.giveBack()
  structuredClone(source, { transfer: [source.buffer] })
  assert.throws(() => copy.borrow(), { name: 'RangeError', message: /have gone/ })
})

test('no more than some megabytes lie about unused', () => {
  const copies = Array.from({ length: 20 }, () => new BodyCopy(filled(1, 1 << 20)))
  const memories = new Set(copies.map(copy => copy.borrow().buffer))
  for (const copy of copies) copy.giveBack()
  const again = Array.from({ length: 20 }, () => new BodyCopy(filled(1, 1 << 20)).borrow().buffer)
  const found = again.filter(memory => memories.has(memory)).length
  assert.ok(found > 0 && found <= 4, `${found} of 20`)
})

test('memory of very large bodies is not kept', () => {
  const copy = new BodyCopy(filled(1, LARGEST + 1))
  const { buffer } = copy.borrow()
  copy.giveBack()
  assert.notEqual(new BodyCopy(filled(2, LARGEST + 1)).borrow().buffer, buffer)
})

test('an answer that the kernel has leaves its memory to the next one', () => {
  const first = send(new Response(filled(1)), false)
  assert.equal(memoryOf(send(new Response(filled(2)), false)), memoryOf(first))
})

test('an answer that waits for its client has its memory for itself, until it is taken', async () => {
  const waiting = send(new Response(filled(1)), true)
  const others = [send(new Response(filled(2)), false), send(new Response(filled(3).buffer), false)]
  for (const other of others) assert.notEqual(memoryOf(other), memoryOf(waiting))
  assert.equal(Buffer.compare(waiting.taken!, filled(1)), 0)
  waiting.drain()
  await turn()
  // The last one that came back is the first one that goes.
  assert.equal(memoryOf(send(new Response(filled(4)), false)), memoryOf(waiting))
})

test('an answer behind which more has been sent by then leaves its memory to the garbage collector', async () => {
  const waiting = send(new Response(filled(1)), true)
  waiting.drain()
  waiting.isFull = true
  await turn()
  assert.notEqual(memoryOf(send(new Response(filled(2)), false)), memoryOf(waiting))
})

test('a clone keeps its bytes, whenever it is sent or read', async () => {
  const source = filled(1)
  const response = new Response(source)
  const [sent, read] = [response.clone(), response.clone()]
  send(response, false)
  source.fill(9)
  for (let i = 0; i < 3; i++) send(new Response(filled(2)), false)
  assert.equal(Buffer.compare(send(sent, false).taken!, filled(1)), 0)
  assert.equal(Buffer.compare(new Uint8Array(await read.arrayBuffer()), filled(1)), 0)
  assert.equal(Buffer.compare(send(response, false).taken!, filled(1)), 0)
})

test('bytes that are read before they are sent are those that were given', async () => {
  const readers: Record<string, (response: Response) => Promise<ArrayBuffer>> = {
    arrayBuffer: response => response.arrayBuffer(),
    body: response => new Response(response.body).arrayBuffer(),
    blob: async response => (await response.blob()).arrayBuffer(),
    tee: response => new Response(response.body!.tee()[1]).arrayBuffer(),
  }
  for (const [name, read] of Object.entries(readers)) {
    const source = filled(1)
    const response = new Response(source)
    source.fill(9)
    for (let i = 0; i < 3; i++) send(new Response(filled(2)), false)
    assert.equal(Buffer.compare(new Uint8Array(await read(response)), filled(1)), 0, name)
  }
})

test('a Response that middleware makes of another one is as cheap to send', () => {
  const source = filled(1)
  const original = new Response(source)
  const changed = new Response(original.body, { headers: { 'x-a': 'b' } })
  source.fill(9)
  const exchange = send(changed, false)
  assert.equal(Buffer.compare(exchange.taken!, filled(1)), 0)
  assert.equal(memoryOf(send(new Response(filled(2)), false)), memoryOf(exchange))
})

test('a Response of bytes may be sent again and again', async () => {
  const response = new Response(filled(1))
  for (let i = 0; i < 3; i++) {
    assert.equal(Buffer.compare(send(response, false).taken!, filled(1)), 0)
    send(new Response(filled(2)), false)
  }
  assert.equal(Buffer.compare(new Uint8Array(await response.arrayBuffer()), filled(1)), 0)
})

for (const kind of ['plain', 'TLS'] as const) {
  describe(`over a ${kind} connection`, () => {
    const scratch = new Uint8Array(LARGEST)
    const folder = temporaryFolder('body-copy')
    let server: Running

    before(async () => {
      const app = (request: Request): Response => {
        // As an application may: its own memory has other content with each request.
        scratch.fill(Number(new URL(request.url).pathname.slice(1)))
        return new Response(scratch)
      }
      const { keyFile, certFile } = writeCertificate(folder)
      const tls = kind === 'TLS' ? { tls: { keyFile, certFile, verifyMode: 0 } } : {}
      server = await serve({ fetch: app }, { host: '127.0.0.1', port: 0, ...tls })
    })

    after(() => server.close())

    test('clients that take their answers late get every byte of them, whatever was answered meanwhile', async () => {
      const late = [ask(server, [101, 102, 103, 104, 105]), ask(server, [111, 112, 113, 114, 115])]
      await Promise.all(late.map(client => once(client, 'readable')))
      for (let i = 0; i < 20; i++) await expectBodies(ask(server, [i]), [i])
      await expectBodies(late[0]!, [101, 102, 103, 104, 105])
      await expectBodies(late[1]!, [111, 112, 113, 114, 115])
    })

    test('clients that leave in the middle of an answer do no harm to others', async () => {
      for (let i = 0; i < 5; i++) {
        const [leaving, staying] = [ask(server, [200, 201, 202, 203, 204]), ask(server, [i, i, i, i])]
        await Promise.all([leaving, staying].map(client => once(client, 'readable')))
        leaving.destroy()
        await expectBodies(ask(server, [100 + i]), [100 + i])
        await expectBodies(staying, [i, i, i, i])
      }
    })
  })
}

/** A client that has asked for all of `values`, on one connection, and reads nothing yet. */
function ask({ url }: Running, values: readonly number[]): Socket {
  const { protocol, hostname, port } = new URL(url!)
  const place = { host: hostname, port: Number(port) }
  const client = protocol === 'https:' ? tlsConnect({ ...place, rejectUnauthorized: false }) : connect(place)
  const heads = values.map((value, i) => {
    const isLast = i === values.length - 1
    return `GET /${value} HTTP/1.1\r\nHost: a\r\n${isLast ? 'Connection: close\r\n' : ''}\r\n`
  })
  client.write(heads.join(''))
  return client
}

/** Fails unless the answers have bodies of nothing but these values. */
async function expectBodies(client: Socket, values: readonly number[]): Promise<void> {
  let bytes = Buffer.concat(await client.toArray())
  for (const value of values) {
    const body = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)
    assert.ok(body.length >= LARGEST)
    assert.equal(Buffer.compare(body.subarray(0, LARGEST), filled(value, LARGEST)), 0, `other bytes than ${value}`)
    bytes = body.subarray(LARGEST)
  }
  assert.equal(bytes.length, 0)
}
