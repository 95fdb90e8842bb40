// The corpus once more, through real sockets: http-level rules 1 to 14, and 15 (one answer, then the end) for every fault.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Exchange } from '../../src/app/handler.ts'
import { DEFAULT_LIMITS } from '../../src/http1/limits.ts'
import { fieldOf } from '../support/answers.ts'
import { type CorpusCase, readCorpus } from '../support/corpus.ts'
import { listening, wholeBody } from '../support/listening.ts'

/** Answers with what it got, so that the test sees that nothing was changed on the way. */
async function echo(exchange: Exchange): Promise<void> {
  const body = await wholeBody(exchange)
  const { head } = exchange
  exchange.answer(200, ['X-Target', head.target, 'X-Fields', String(head.fieldCount)], body)
}

const hasDefaultLimits = ({ limits }: CorpusCase) => JSON.stringify(limits) === JSON.stringify(DEFAULT_LIMITS)
const linesOf = ({ events }: CorpusCase, start: string) => events.filter(line => line.startsWith(start))

describe('every valid case of the corpus is answered on a socket', () => {
  for (const item of readCorpus('valid').filter(hasDefaultLimits)) {
    test(item.name, async t => {
      const requests = linesOf(item, 'request ')
      const methods = requests.map(line => line.split(' ')[1]!)
      const { connect } = await listening(t, echo)
      const client = await connect(...methods)
      await client.send(item.bytes)
      client.halfClose()
      const answers = await client.allAnswers()
      assert.equal(answers.length, requests.length)
      for (const [i, answer] of answers.entries()) {
        // `OPTIONS *` is answered by the server itself.
        if (answer.status === 204) assert.match(requests[i]!, /^request OPTIONS /)
        else assert.equal(fieldOf(answer, 'x-target'), requests[i]!.split(' ')[2])
      }
      const bodies = linesOf(item, 'body ').map(line => line.slice('body '.length))
      assert.deepEqual(
        answers.map(({ body }) => body.toString('latin1')).filter(body => body !== ''),
        bodies,
      )
    })
  }
})

describe('every invalid case of the corpus gets one answer, which says the end, and an orderly end', () => {
  for (const item of readCorpus('invalid').filter(hasDefaultLimits)) {
    test(item.name, async t => {
      const complete = linesOf(item, 'end ').length
      const begun = linesOf(item, 'request ').length
      const methods = linesOf(item, 'request ').map(line => line.split(' ')[1]!)
      const [, code = '', status] = item.events.at(-1)!.split(' ')
      const { connect, server } = await listening(t, echo)
      const client = await connect(...methods)
      await client.send(item.bytes)
      const answers = await client.allAnswers()
      assert.deepEqual(
        answers.map(answer => answer.status),
        [...Array<number>(complete).fill(200), Number(status)],
      )
      const last = answers.at(-1)!
      assert.equal(fieldOf(last, 'connection'), 'close')
      assert.equal(last.framing, 'length')
      assert.match(fieldOf(last, 'date') ?? '', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
      // Nothing of the request: the name of the fault, and a HEAD has none.
      const isHead = methods[complete] === 'HEAD'
      assert.equal(last.body.toString('latin1'), isHead ? '' : `${code}\n`)
      assert.equal(server.stats.requests, begun)
    })
  }
})
