import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isControlCommand } from '../../src/cli/control-names.ts'
import { processLine, statusText } from '../../src/cli/status-text.ts'
import type { Status } from '../../src/supervisor/admin/status.ts'

const STATUS: Status = {
  version: '1.2.3',
  node: 'v24.0.0',
  app: 'app.ts',
  pid: 100,
  phase: 'serving',
  uptimeSeconds: 90_061,
  listeners: ['http://127.0.0.1:5000'],
  desired: 1,
  serving: 1,
  generation: 2,
  reload: { outcome: 'stopped', at: 0, reason: 'the new code does not start' },
  spawns: 3,
  ends: { reload: 2 },
  messagesDropped: 0,
  certificates: [{ file: '/a.pem', names: ['a.example', '*.a.example'], notAfter: '2026-12-31T23:59:59.000Z' }],
  totals: {
    requests: 7,
    shed: 1,
    refused: { 'bad-host': 4, timeout: 1 },
    classes: [0, 6, 0, 1, 0],
    durations: [],
    durationSum: 0,
  },
  workers: [
    {
      ...{ pid: 101, slot: 0, generation: 2, state: 'serving', retiring: 'age', ageSeconds: 9, requests: 7 },
      ...{ connections: 2, inFlight: 1, memory: 73_400_320, loopDelayMs: 1.25, utilization: 0.5 },
    },
  ],
}

test('statusText has everything that an operator looks for', () => {
  assert.equal(
    statusText(STATUS),
    `Starlight 1.2.3, Node v24.0.0, master 100, serving, up 1 d 1 h
app.ts on http://127.0.0.1:5000
certificate a.example *.a.example until 2026-12-31T23:59:59.000Z (/a.pem)
1/1 workers ready, generation 2, last reload stopped (1970-01-01T00:00:00.000Z): the new code does not start
7 requests, 1 turned away, answers 1xx 0, 2xx 6, 3xx 0, 4xx 1, 5xx 0
refused: bad-host 4, timeout 1
workers ended: reload 2

pid          state  gen  age  requests  conns  in work  busy   delay  memory
101  serving (age)    2  9 s         7      2        1  50 %  1.3 ms   70 MB
`,
  )
})

test('processLine is one line', () => {
  assert.equal(processLine(STATUS), '100  serving  1 workers  up 1 d 1 h  app.ts  http://127.0.0.1:5000\n')
})

test('an app may have any name but those of the commands', () => {
  assert.ok(isControlCommand('status'))
  assert.ok(!isControlCommand('./status'))
  assert.ok(!isControlCommand(undefined))
})
