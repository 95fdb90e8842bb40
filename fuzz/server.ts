// Fuzzes a running server over real sockets. For any bytes, cut anywhere: it answers exactly what the pure core says
// the bytes mean, in order, in bytes that the strict client takes; nothing comes behind the answer to a fault; it ends in
// order; and it goes on serving.
//   npm run build:test && node build/fuzz/server.js --seed=1 --seconds=60

import type { Exchange } from '../src/app/handler.ts'
import { createServer, type Server } from '../src/server/http-server.ts'
import { type Answer, AnswerReader } from '../test/support/answers.ts'
import { eventsOf } from '../test/support/events.ts'
import { connectRaw } from '../test/support/raw-client.ts'
import { pieces, Random } from './random.ts'
import { RequestMaker } from './requests.ts'
import { Finding, type FuzzOptions, type FuzzReport, run, runAsProgram } from './run.ts'

const AT_A_TIME = 16

export async function fuzzServer(options: FuzzOptions): Promise<FuzzReport> {
  const random = new Random(options.seed)
  const maker = new RequestMaker(random)
  const mistakes: string[] = []
  const server = createServer({ handler: echo, log: logInto(mistakes) })
  const bound = await server.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 })
  const port = 'port' in bound ? bound.port : 0
  try {
    return await run(options, async () => {
      const inputs = Array.from({ length: AT_A_TIME }, () => {
        const bytes = maker.connection()
        return { bytes, cuts: random.cuts(bytes.length) }
      })
      await Promise.all(inputs.map(({ bytes, cuts }) => tryConnection(port, bytes, cuts)))
      await tryGood(port)
      if (mistakes.length > 0)
        throw new Finding(`The server logged: ${mistakes.join('\n')}`, Buffer.concat(inputs.map(({ bytes }) => bytes)))
      return `rounds of ${AT_A_TIME} connections`
    })
  } finally {
    await closeAll(server)
  }
}

async function closeAll(server: Server): Promise<void> {
  await server.close()
  const { connections, inFlight } = server.stats
  if (connections !== 0 || inFlight !== 0)
    throw new Error(`${connections} connections and ${inFlight} requests are left behind`)
}

/** Reads the body and sends it back, at once or in pieces. In pieces the answer to HTTP/1.0 would end its connection. */
async function echo(exchange: Exchange): Promise<void> {
  const chunks: Uint8Array[] = []
  for (let chunk = await exchange.read(); chunk !== null; chunk = await exchange.read()) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  if (exchange.head.minorVersion === 0 || exchange.head.target.length % 2 === 0) {
    exchange.answer(200, [], body)
  } else {
    exchange.begin(200, [])
    exchange.write(body)
    exchange.end()
  }
}

async function tryConnection(port: number, bytes: Buffer, cuts: readonly number[]): Promise<void> {
  const events = eventsOf([bytes], undefined, true)
  const methods = events.filter(event => event.startsWith('request ')).map(event => event.split(' ')[1]!)
  const client = await connectRaw({ port, methods })
  try {
    for (const piece of pieces(bytes, cuts)) await client.send(piece)
    client.halfClose()
    if ((await client.ended()) === 'rst') throw new Error('A reset')
    const problem = compare(readAnswers(client.text, methods, bytes), expectedOf(events))
    if (problem !== undefined) throw new Error(problem)
  } catch (error) {
    throw new Finding(
      `${(error as Error).message}\nreceived: ${JSON.stringify(client.text)}\nevents: ${events.join('\n')}`,
      bytes,
      cuts,
    )
  } finally {
    client.destroy()
  }
}

/** All answers, strictly. A refused HEAD is answered without a body, and only the server knows that it was one. */
function readAnswers(text: string, methods: readonly string[], bytes: Buffer): readonly Answer[] {
  const readWith = (refused: string) => {
    const reader = new AnswerReader([...methods, refused])
    reader.feed(Buffer.from(text, 'latin1'))
    reader.feedEof()
    return reader.answers
  }
  const isBare = text.endsWith('\r\n\r\n') && bytes.includes('HEAD ')
  return readWith(isBare ? 'HEAD' : 'GET')
}

interface Expected {
  readonly status: number
  /** Undefined where the body is the server's own. */
  readonly body: string | undefined
}

/** What the events have to be answered with. A request that is cut may be answered or not. */
function expectedOf(events: readonly string[]): Expected[] {
  const expected: Expected[] = []
  let isHead = false
  let isStar = false
  let isOpen = false
  let body = ''
  for (const event of events) {
    const [word, second = '', third = ''] = event.split(' ')
    if (word === 'request') {
      ;[isHead, isStar, isOpen, body] = [second === 'HEAD', third === '*', true, '']
    } else if (event.startsWith('  path *')) {
      isStar = true
    } else if (event === '  expects 100-continue' && isStar) {
      // The server answers without asking for the body, and closes: what follows may be that body or not.
      return [...expected, { status: 204, body: '' }]
    } else if (word === 'body') {
      body = event.slice('body '.length)
    } else if (word === 'end') {
      expected.push(isStar ? { status: 204, body: '' } : { status: 200, body: isHead ? '' : body })
      isOpen = false
    } else if (word === 'fault') {
      // `OPTIONS *` is answered before its body is read: a fault in the body then only ends the connection.
      expected.push(isOpen && isStar ? { status: 204, body: '' } : { status: Number(third), body: undefined })
    } else if (word === 'cut' && isOpen) {
      expected.push(isStar ? { status: 204, body: '' } : { status: 400, body: undefined })
    }
  }
  return expected
}

function compare(answers: readonly Answer[], expected: readonly Expected[]): string | undefined {
  const told = answers.map(({ status }) => status).join(' ')
  const wanted = expected.map(({ status }) => status).join(' ')
  if (told !== wanted) return `The answers are "${told}", not "${wanted}"`
  for (const [i, { body }] of expected.entries()) {
    if (body !== undefined && answers[i]!.body.toString('latin1') !== body)
      return `Answer ${i} has another body than its request`
  }
  return undefined
}

async function tryGood(port: number): Promise<void> {
  const client = await connectRaw({ port })
  await client.send('GET /good HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const [answer, ...more] = await client.allAnswers()
  if (answer?.status !== 200 || more.length > 0) throw new Error('The server no longer answers a good request')
  client.destroy()
}

function logInto(mistakes: string[]): {
  debug(): void
  info(): void
  warn(message: string): void
  error(message: string, cause?: unknown): void
} {
  return {
    debug() {},
    info() {},
    warn: message => void mistakes.push(message),
    error: (message, cause) => void mistakes.push(`${message}: ${(cause as Error)?.stack}`),
  }
}

await runAsProgram(import.meta, fuzzServer)
