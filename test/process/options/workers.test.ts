// What the options of src/config/options/workers.ts do.
import assert from 'node:assert/strict'
import { WORKER_OPTIONS } from '../../../src/config/options/workers.ts'
import { until } from '../supervisor-support.ts'
import { effectsOf, type Row, type Served, type Setting, served } from './effects.ts'
import { LIFE } from './workers-life.ts'

const ONE = { args: ['--workers=1'] }
const group = (setting: Setting, ...row: Row<Served>) => served(setting, row)

const counts =
  (count: number) =>
  ({ server }: Served): void =>
    assert.equal(server.workers().length, count)

const isReplaced =
  (why: string) =>
  async ({ server }: Served): Promise<void> =>
    void (await server.seen(new RegExp(`left and was replaced \\(${why}\\)`)))

/** All at once: a client that has connected and is late with its request may meet a worker that leaves. */
const isReplacedAfter =
  (requests: number) =>
  async (served: Served): Promise<void> => {
    const client = await served.connect()
    await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(requests))
    await isReplaced('budget')(served)
    assert.equal((await client.answers(requests)).length, requests)
  }

/** Long enough for each look that the server takes at its workers, and for more requests than any small number. */
const stays = async ({ ask, server }: Served): Promise<void> => {
  const before = (await ask('/pid')).text
  for (let i = 0; i < 30; i++) assert.equal((await ask('/pid')).text, before)
  for (let i = 0; i < 3; i++) await ask('/slow')
  assert.equal((await ask('/pid')).text, before)
  assert.doesNotMatch(server.stderr, /replaced|killed/)
}

/** One connection for each of four workers; all of them ask for less than the most. */
async function drawn(served: Served): Promise<void> {
  const clients = await Promise.all([1, 2, 3, 4].map(() => served.connect()))
  for (const client of clients) await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(999))
  await served.server.seen(/left and was replaced \(budget\)/)
}

effectsOf(WORKER_OPTIONS, [
  ...LIFE,
  group({}, '--workers=3', 'so many processes', counts(3)),
  group({}, ['-w', '2'], 'the same as --workers', counts(2)),
  group({}, '--max-workers=2', 'the same as --workers', counts(2)),
  group({}, '--workers=0', 'the one process serves', async server => {
    counts(0)(server)
    assert.equal((await server.ask('/pid')).text, String(server.server.pid))
  }),
  group({}, '--threads=2', 'two threads of one process', async server => {
    counts(1)(server)
    const seen = new Set<string>()
    await until(async () => {
      for (const { text } of await Promise.all([1, 2, 3, 4].map(() => server.ask('/thread')))) seen.add(text)
      return seen.size === 2
    }, 'both answer')
  }),
  group(ONE, '--max-reqs-per-child=5', 'a worker is replaced', isReplacedAfter(5)),
  group(ONE, '--max-requests=5', 'the same as --max-reqs-per-child', isReplacedAfter(5)),
  group(
    { args: ['--workers=4', '--balance=round-robin', '--max-reqs-per-child=1000'] },
    '--min-reqs-per-child=1',
    'a worker is replaced before it had the most',
    drawn,
  ),
  group(ONE, '--max-age-per-child=0.5', 'a worker is replaced', isReplaced('age')),
  group(ONE, '--max-lifetime=0.5', 'the same as --max-age-per-child', isReplaced('age')),
  group(ONE, '--max-memory-per-child=1m', 'a worker is replaced', isReplaced('memory')),
  served(
    ONE,
    ['--threads=0', 'no thread', async ({ ask }) => assert.equal((await ask('/thread')).text, '0')],
    ['--max-reqs-per-child=0', 'no worker is replaced', stays],
    ['--max-age-per-child=0', 'no worker is replaced', stays],
    ['--max-memory-per-child=0', 'no worker is replaced', stays],
    [
      '--worker-timeout=0',
      'one that is blocked is not, either',
      async ({ ask, ...server }) => {
        const before = (await ask('/pid')).text
        assert.equal((await ask('/block?4000')).text, 'blocked')
        assert.equal((await ask('/pid')).text, before)
        assert.doesNotMatch(server.server.stderr, /blocked/)
      },
    ],
  ),
  ...['inf', 'unlimited'].map(word => group(ONE, `--max-reqs-per-child=${word}`, 'no worker is replaced', stays)),
])
