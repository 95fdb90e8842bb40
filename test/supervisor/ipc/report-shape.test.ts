import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TRANSITIONS, type WorkerState } from '../../../src/pool/worker-states.ts'
import { DURATION_BOUNDS } from '../../../src/server/request-metrics.ts'
import { MOST_METRICS } from '../../../src/supervisor/ipc/messages.ts'
import { blockedReportOf, fitsState, reportOf } from '../../../src/supervisor/ipc/report-shape.ts'

const metered = { classes: [0, 1, 0, 0, 0], durations: new Array(DURATION_BOUNDS.length + 1).fill(0), durationSum: 0.5 }
const vitals = {
  requests: 3,
  connections: 2,
  inFlight: 1,
  shed: 0,
  refused: { timeout: 2 },
  memory: 5e7,
  loopDelayMs: 0.25,
  utilization: 0.5,
}

const REPORTS = {
  ready: { type: 'ready', files: ['/app.ts'], room: 800, guess: 'a fetch application because it is' },
  'ready, listening by itself': {
    type: 'ready',
    files: [],
    room: 1,
    guess: '',
    notice: { level: 'warn', text: 'it is', isEncrypted: true, warning: 'it cannot' },
  },
  asks: { type: 'asks', place: { host: '127.0.0.1', port: 3000, path: undefined } },
  shares: { type: 'shares', number: 2, place: { host: '::1', port: 3000, path: undefined, ipv6Only: true } },
  unshares: { type: 'unshares', number: 2 },
  hasRoom: { type: 'hasRoom' },
  alive: { type: 'alive', ...vitals },
  'alive, metered': { type: 'alive', ...vitals, metered },
  ended: { type: 'ended', connections: 4 },
  placed: { type: 'placed', isFirst: true },
  broadcast: { type: 'broadcast', content: new Uint8Array(3), dropped: 2 },
  metrics: { type: 'metrics', text: 'a 1\n' },
  seen: { type: 'seen', isBlocked: true, stack: ['at f (a.js:1:1)'], requests: ['GET /, 1 s'] },
  retiring: { type: 'retiring', reason: 'budget' },
  failed: { type: 'failed', exitCode: 3, message: 'Cannot start', detail: undefined },
}

const NOTHING = {}

/** What no field of a report may be. */
const WRONG: readonly unknown[] = [
  null,
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -1,
  2 ** 60,
  '3',
  true,
  [[]],
  [1],
  NOTHING,
  { length: 5 },
  'x'.repeat(MOST_METRICS + 1),
  new Array(200_000).fill('/f'),
  ['x'.repeat(2 * 1024 * 1024)],
  10n,
  new Map(),
]

const OPTIONAL: ReadonlySet<string> = new Set(['metered', 'notice'])

for (const [name, report] of Object.entries(REPORTS)) {
  test(`a report is taken as it is, without what does not belong to it: ${name}`, () => {
    assert.deepEqual(reportOf({ ...report, more: { __proto__: { deep: [] } } }), report)
  })

  test(`a report with a field of another type or size is none: ${name}`, () => {
    for (const [key, right] of Object.entries(report)) {
      for (const wrong of WRONG) {
        if (typeof wrong === typeof right && (right === undefined || typeof wrong === 'boolean')) continue
        if (OPTIONAL.has(key) && wrong === undefined) continue
        // Nothing was refused.
        if (key === 'refused' && wrong === NOTHING) continue
        if (key === 'detail' || (typeof right === 'string' && wrong === '3' && key !== 'reason' && key !== 'type'))
          continue
        assert.equal(reportOf({ ...report, [key]: wrong }), undefined, `${key} = ${typeof wrong}`)
      }
      if (!OPTIONAL.has(key) && key !== 'detail') {
        const { [key as 'type']: _, ...rest } = report as Record<string, unknown>
        assert.equal(reportOf(rest), undefined, `without ${key}`)
      }
    }
  })
}

test('what is nothing like a report is none', () => {
  const all = [
    ...WRONG,
    { type: 'constructor' },
    { type: '__proto__' },
    Object.create(null),
    [REPORTS.ready],
    Symbol.iterator,
  ]
  for (const value of all) assert.equal(reportOf(value), undefined)
})

test('figures of another number of classes or durations are none', () => {
  for (const key of ['classes', 'durations'] as const)
    for (const counts of [[], [...metered[key], 0], [...metered[key].slice(1), Number.NaN]])
      assert.equal(reportOf({ ...REPORTS['alive, metered'], metered: { ...metered, [key]: counts } }), undefined)
})

test('a line of the watchdog is its report, or nothing', () => {
  assert.deepEqual(blockedReportOf(JSON.stringify(REPORTS.seen)), REPORTS.seen)
  for (const line of [
    '',
    'x',
    'null',
    '[]',
    '{"isBlocked":true}',
    '['.repeat(100_000),
    '{"isBlocked":1,"stack":[],"requests":[]}',
  ])
    assert.equal(blockedReportOf(line), undefined)
})

test('a worker that serves can say neither that it is ready nor that it has failed; others may, by orders that crossed', () => {
  for (const state of Object.keys(TRANSITIONS) as WorkerState[])
    for (const type of ['ready', 'asks', 'alive', 'hasRoom', 'ended', 'metrics', 'seen', 'retiring', 'failed'] as const)
      assert.equal(
        fitsState(type, state),
        state !== 'serving' || !['ready', 'failed', 'asks'].includes(type),
        `${type} ${state}`,
      )
})
