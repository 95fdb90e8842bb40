// The state of a server as Prometheus reads it (text format 0.0.4), with the figures of the application behind ours.
import { DURATION_BOUNDS } from '../../server/request-metrics.ts'
import { mergedFamilies } from '../ipc/merge-metrics.ts'
import type { QueueDepth } from '../sockets/accept-queue.ts'
import type { Status, WorkerStatus } from './status.ts'

type Labels = Readonly<Record<string, string | number>>
type Sample = readonly [labels: Labels, value: number, suffix?: string]

type Family = readonly [
  name: string,
  type: 'gauge' | 'counter' | 'histogram',
  help: string,
  samples: (status: Status) => Sample[],
]

const FAMILIES: readonly Family[] = [
  ['info', 'gauge', 'Versions.', ({ version, node }) => [[{ version, node }, 1]]],
  ['uptime_seconds', 'gauge', 'Age of the master.', status => one(status.uptimeSeconds)],
  ['workers_desired', 'gauge', 'Desired number of workers, or of Perl children.', status => one(status.desired)],
  ['workers', 'gauge', 'Workers by state.', byState],
  ['generation', 'gauge', 'Reloads since the start.', status => one(status.generation)],
  [
    'reload_stopped',
    'gauge',
    '1 when the last reload was stopped.',
    ({ reload }) => one(reload?.outcome === 'stopped' ? 1 : 0),
  ],
  ['worker_spawns_total', 'counter', 'Workers started.', status => one(status.spawns)],
  ['worker_ends_total', 'counter', 'Workers ended, by reason.', byReason],
  [
    'requests_total',
    'counter',
    'Requests, those that were turned away included.',
    ({ totals }) => one(totals.requests),
  ],
  ['requests_shed_total', 'counter', 'Requests turned away by --max-inflight.', ({ totals }) => one(totals.shed)],
  ['refused_total', 'counter', 'Requests and connections refused before an application saw them, by reason.', refusals],
  ['responses_total', 'counter', 'Responses by class of their status.', byClass],
  ['request_duration_seconds', 'histogram', 'From the head of a request to the end of its answer.', durations],
  [
    'messages_dropped_total',
    'counter',
    'Messages between workers that were dropped.',
    status => one(status.messagesDropped),
  ],
  [
    'tls_certificate_expiry_timestamp_seconds',
    'gauge',
    'When the certificate ends (notAfter), in seconds since 1970.',
    ({ certificates }) =>
      certificates.map(({ file, names, notAfter }) => [{ file, names: names.join(' ') }, Date.parse(notAfter) / 1000]),
  ],
  ['connections', 'gauge', 'Open connections.', perWorker(worker => worker.connections)],
  ['requests_in_flight', 'gauge', 'Requests in work.', perWorker(worker => worker.inFlight)],
  ['event_loop_delay_seconds', 'gauge', 'Lateness of the last report.', perWorker(worker => worker.loopDelayMs / 1000)],
  ['event_loop_utilization', 'gauge', 'Busy part of the last second, 0 to 1.', perWorker(worker => worker.utilization)],
  ['resident_memory_bytes', 'gauge', 'Resident memory.', perWorker(worker => worker.memory)],
]

/** `apps`: what each worker's application has registered, by slot. */
export function prometheusText(
  status: Status,
  queues: readonly QueueDepth[],
  apps: ReadonlyMap<number, string>,
): string {
  const ours = FAMILIES.map(([name, type, help, samples]) => family(`starlight_${name}`, type, help, samples(status)))
  const waiting: Sample[] = queues.map(({ listener, depth }) => [{ listener }, depth])
  const queue = family('starlight_accept_queue', 'gauge', 'Connections that wait to be accepted.', waiting)
  return [...ours, queue, mergedFamilies(apps)].join('')
}

function one(value: number): Sample[] {
  return [[{}, value]]
}

function perWorker(pick: (worker: WorkerStatus) => number): (status: Status) => Sample[] {
  return ({ workers }) => workers.map(worker => [{ worker: worker.slot, pid: worker.pid ?? 0 }, pick(worker)])
}

function byReason({ ends }: Status): Sample[] {
  return Object.entries(ends).map(([reason, count]) => [{ reason }, count])
}

function refusals({ totals }: Status): Sample[] {
  return Object.entries(totals.refused).map(([reason, count]) => [{ reason }, count])
}

function byClass({ totals }: Status): Sample[] {
  return totals.classes.map((count, i) => [{ class: `${i + 1}xx` }, count])
}

function durations({ totals }: Status): Sample[] {
  return [...buckets(totals.durations), [{}, totals.durationSum, '_sum'], [{}, sum(totals.durations), '_count']]
}

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value, suffix = '']) => `${name}${suffix}${labelText(labels)} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

function escaped(value: string): string {
  return value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')
}

function byState({ workers }: Status): Sample[] {
  const states = ['starting', 'serving', 'draining', 'killed']
  return states.map(state => [{ state }, workers.filter(worker => worker.state === state).length])
}

/** Prometheus counts in each bucket all that are below its bound. */
function buckets(counts: readonly number[]): Sample[] {
  return counts.map((_, i) => [{ le: DURATION_BOUNDS[i] ?? '+Inf' }, sum(counts.slice(0, i + 1)), '_bucket'])
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
