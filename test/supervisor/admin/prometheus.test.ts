import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prometheusText } from '../../../src/supervisor/admin/prometheus.ts'
import type { Status } from '../../../src/supervisor/admin/status.ts'
import { mergedFamilies } from '../../../src/supervisor/ipc/merge-metrics.ts'
import { acceptQueues } from '../../../src/supervisor/sockets/accept-queue.ts'
import type { BoundListener } from '../../../src/supervisor/sockets/bind.ts'

test('families of several workers become one, with the worker as a label', () => {
  const text = (value: number): string =>
    `# HELP a A.\n# TYPE a gauge\na ${value}\n# HELP b B.\n# TYPE b counter\nb{x="}"} ${value}\n`
  assert.equal(
    mergedFamilies(
      new Map([
        [0, text(1)],
        [1, text(2)],
      ]),
    ),
    '# HELP a A.\n# TYPE a gauge\na{worker="0"} 1\na{worker="1"} 2\n# HELP b B.\n# TYPE b counter\nb{x="}",worker="0"} 1\nb{x="}",worker="1"} 2\n',
  )
})

test('acceptQueues reads the queue of listening sockets, and of no others', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue',
    '   0: 0100007F:1388 00000000:0000 0A 00000000:00000003 00:00000000 00000000',
    '   1: 0100007F:1388 0100007F:9999 01 00000000:00000007 00:00000000 00000000',
  ].join('\n')
  const listener = {
    address: { kind: 'tcp', host: '127.0.0.1', port: 5000 },
    url: 'http://127.0.0.1:5000',
  } as BoundListener
  const read = (file: string): string => (file.endsWith('tcp') ? table : '')
  assert.deepEqual(acceptQueues([listener], read), [{ listener: 'http://127.0.0.1:5000', depth: 3 }])
})

test('of each certificate stands when it ends', () => {
  const certificates = [
    { file: '/a "b".pem', names: ['a.example', '*.a.example'], notAfter: '2026-01-02T03:04:05.000Z' },
    { file: '/c.pem', names: [], notAfter: '1970-01-01T00:00:01.000Z' },
  ]
  const totals = { requests: 0, shed: 0, refused: {}, classes: [], durations: [], durationSum: 0 }
  const status = { certificates, totals, workers: [], ends: {}, reload: null } as unknown as Status
  const lines = prometheusText(status, [], new Map()).split('\n')
  assert.deepEqual(
    lines.filter(line => line.startsWith('starlight_tls_')),
    [
      'starlight_tls_certificate_expiry_timestamp_seconds{file="/a \\"b\\".pem",names="a.example *.a.example"} 1767323045',
      'starlight_tls_certificate_expiry_timestamp_seconds{file="/c.pem",names=""} 1',
    ],
  )
})
