// Our verdict on every case of the corpus beside that of node:http (llhttp): where it takes what we refuse, we are
// stricter; where it refuses what we take, we have to know why.
//   npm run build:test && node build/fuzz/differential.js

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createConnection } from 'node:net'
import { DEFAULT_LIMITS } from '../src/http1/limits.ts'
import { type CorpusCase, readCorpus } from '../test/support/corpus.ts'

/** `taken` without any objection, `refused` with an error, `waits` for more bytes of what is no message. */
export type Verdict = 'taken' | 'refused' | 'waits'

export interface Difference {
  readonly name: string
  readonly why: string
  readonly node: Verdict
}

/** The cases in which node:http judges otherwise. */
export async function differences(folder: 'valid' | 'invalid'): Promise<Difference[]> {
  const ours: Verdict = folder === 'valid' ? 'taken' : 'refused'
  const found: Difference[] = []
  for (const item of readCorpus(folder).filter(hasDefaultLimits)) {
    const node = await verdictOfNode(item.bytes)
    if (node !== ours) found.push({ name: item.name, why: item.why, node })
  }
  return found
}

const hasDefaultLimits = ({ limits }: CorpusCase) => JSON.stringify(limits) === JSON.stringify(DEFAULT_LIMITS)

async function verdictOfNode(bytes: Buffer): Promise<Verdict> {
  let verdict: Verdict = 'taken'
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.on('error', () => {})
    request.resume().on('end', () => response.end())
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    verdict = error.code === 'HPE_INVALID_EOF_STATE' ? 'waits' : 'refused'
    socket.destroy()
  })
  // Whatever Upgrade and CONNECT would do: that the head was taken is all we ask.
  server.on('connect', (_, socket) => socket.destroy())
  server.on('connection', socket => socket.on('error', () => {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = createConnection({ port: (server.address() as AddressInfo).port, allowHalfOpen: true })
  const received: Buffer[] = []
  socket.on('data', chunk => received.push(chunk)).on('error', () => {})
  socket.end(bytes)
  // Not `once`: a reset is an outcome here, no failure.
  await new Promise(resolve => socket.on('close', resolve))
  server.closeAllConnections()
  server.close()
  // Some refusals are answers: a missing Host, an unknown expectation.
  const isRefusedByAnswer = /^HTTP\/1\.1 4\d\d/m.test(Buffer.concat(received).toString('latin1'))
  return verdict === 'taken' && isRefusedByAnswer ? 'refused' : verdict
}

if (process.argv[1] === import.meta.filename) {
  for (const folder of ['invalid', 'valid'] as const) {
    const found = await differences(folder)
    console.log(`\n${found.length} ${folder} cases that node:http ${process.version} judges otherwise:`)
    for (const { name, why, node } of found) console.log(`${node.padEnd(8)} ${name.padEnd(52)} ${why}`)
  }
}
