// What the control socket and the admin listener answer. Whatever changes something is done in the master's loop.

import type { WorkerProcesses } from '../processes/worker-processes.ts'
import { acceptQueues } from '../sockets/accept-queue.ts'
import type { MasterSignal } from '../system/signals.ts'
import { prometheusText } from './prometheus.ts'
import { type Status, type StatusParts, statusOf } from './status.ts'
import { statusPage } from './status-page.ts'
import type { WorkerQueries } from './worker-queries.ts'

/** What operators may change. Called in the master's loop only. */
export interface ControlCommands {
  /** Reads the configuration again, then reloads. */
  reread(): void
  /** Starts an upgrade; undefined when that is refused. `outcome`: undefined when the new master serves, else the reason. */
  upgrade(): { readonly pid: number | undefined; readonly outcome: Promise<string | undefined> } | undefined
  /** As if the signal had come. `at`: milliseconds of the master's clock. */
  signal(signal: MasterSignal, at: number): void
  /** Gives the reason when the number cannot be changed. */
  scaleTo(count: number): string | undefined
}

export interface RouteParts extends StatusParts {
  readonly commands: ControlCommands
  readonly processes: WorkerProcesses
  /** Runs the change in the loop, and the plan after it. */
  inLoop(change: (now: number) => void): Promise<void>
  readonly queries: WorkerQueries
}

export interface Reply {
  readonly status: number
  readonly body: string
  readonly type?: string
}

export type Route = (parts: RouteParts, query: URLSearchParams) => Reply | Promise<Reply>

const JSON_TYPE = 'application/json'
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8'

const READING: readonly (readonly [string, Route])[] = [
  ['GET /status', parts => json(now(parts))],
  ['GET /metrics', metrics],
]

export const ADMIN_ROUTES: ReadonlyMap<string, Route> = new Map([
  ...READING,
  ['GET /', parts => ({ status: 200, body: statusPage(now(parts)), type: 'text/html; charset=utf-8' })],
  // The master is alive, or there would be no answer.
  ['GET /livez', () => said(true)],
  ['GET /healthz', parts => said(now(parts).serving > 0)],
  ['GET /readyz', parts => said(isReady(now(parts)))],
])

export const CONTROL_ROUTES: ReadonlyMap<string, Route> = new Map([
  ...READING,
  ['GET /stack', stack],
  ['POST /reload', reload],
  ['POST /upgrade', upgrade],
  ['POST /reopen', parts => signalled(parts, 'SIGUSR1')],
  ['POST /stop', parts => signalled(parts, 'SIGTERM')],
  ['POST /scale', scale],
  ['POST /drain', drain],
])

function now(parts: RouteParts): Status {
  return statusOf(parts, performance.now())
}

function json(value: unknown, status = 200): Reply {
  return { status, body: `${JSON.stringify(value)}\n`, type: JSON_TYPE }
}

function said(isSo: boolean): Reply {
  return isSo ? { status: 200, body: 'ok\n' } : { status: 503, body: 'not now\n' }
}

function isReady({ phase, serving }: Status): boolean {
  return phase === 'serving' && serving > 0
}

const metricsUnderWay = new WeakMap<RouteParts, Promise<Reply>>()

/** Clients that ask while the figures are gathered get the same text: a hundred cost what one does. */
function metrics(parts: RouteParts): Promise<Reply> {
  let reply = metricsUnderWay.get(parts)
  if (reply === undefined) {
    reply = gatheredMetrics(parts).finally(() => metricsUnderWay.delete(parts))
    metricsUnderWay.set(parts, reply)
  }
  return reply
}

async function gatheredMetrics(parts: RouteParts): Promise<Reply> {
  const apps = await parts.queries.gatherMetrics()
  return { status: 200, body: prometheusText(now(parts), acceptQueues(parts.listeners), apps), type: PROMETHEUS }
}

async function stack(parts: RouteParts): Promise<Reply> {
  const seen = await parts.queries.gatherStacks()
  return json(
    Object.fromEntries([...seen].map(([pid, { stack: lines, requests }]) => [pid, { stack: lines, requests }])),
  )
}

/** Answers when the reload is over. */
async function reload(parts: RouteParts): Promise<Reply> {
  const over = parts.history.whenReloaded()
  await parts.inLoop(() => parts.commands.reread())
  const outcome = await over
  return json(outcome, outcome.outcome === 'done' ? 200 : 409)
}

/** Answers when the new master serves, or never will. */
async function upgrade(parts: RouteParts): Promise<Reply> {
  let begun: ReturnType<ControlCommands['upgrade']>
  await parts.inLoop(() => {
    begun = parts.commands.upgrade()
  })
  if (begun === undefined) return json({ outcome: 'refused', reason: 'the log says why' }, 409)
  const reason = await begun.outcome
  return reason === undefined ? json({ outcome: 'done', pid: begun.pid }) : json({ outcome: 'stopped', reason }, 409)
}

async function signalled(parts: RouteParts, signal: MasterSignal): Promise<Reply> {
  await parts.inLoop(at => parts.commands.signal(signal, at))
  return json({ outcome: 'done' })
}

async function scale(parts: RouteParts, query: URLSearchParams): Promise<Reply> {
  const to = Number(query.get('to') ?? Number.NaN)
  if (!Number.isInteger(to) || to < 1) return json({ outcome: 'refused', reason: 'a number from 1 is needed' }, 400)
  let reason: string | undefined
  await parts.inLoop(() => {
    reason = parts.commands.scaleTo(to)
  })
  if (reason !== undefined) return json({ outcome: 'refused', reason }, 409)
  return json({ outcome: 'done', desired: parts.desired.scale, areWorkers: parts.desired.children === undefined })
}

async function drain(parts: RouteParts, query: URLSearchParams): Promise<Reply> {
  const pid = Number(query.get('pid'))
  const worker = parts.pool.records.find(record => record.pid === pid)
  if (worker === undefined) return json({ outcome: 'refused', reason: `no worker has the process id ${pid}` }, 404)
  await parts.inLoop(() => parts.processes.retire(worker.id))
  return json({ outcome: 'done' })
}
