// Is that a report? The process that sends it runs somebody's application, which can write into the channel by mistake: the
// master takes in nothing that has not the shape, the types and the bounds that its own workers keep. Pure.

import type { RetireReason } from '../../pool/pool.ts'
import type { WorkerState } from '../../pool/worker-states.ts'
import { REFUSAL_REASONS } from '../../server/refusals.ts'
import { DURATION_BOUNDS, type MeteredRequest } from '../../server/request-metrics.ts'
import type { BlockedReport, WorkerStats } from '../state/worker-report.ts'
import { type AskedPlace, LONGEST_MESSAGE, MOST_METRICS, type Report } from './messages.ts'

type Is<Value> = (value: unknown) => value is Value

const MOST_FILES = 100_000
const LONGEST_PATH = 4096
const LONGEST_TEXT = 1024 * 1024
/** Of stack frames, and of requests in work. */
const MOST_LINES = 1000

const REASONS: Readonly<Record<RetireReason, true>> = {
  budget: true,
  age: true,
  memory: true,
  harakiri: true,
  asked: true,
  uncaught: true,
  closed: true,
}

/** A copy of `value` with nothing in it that does not belong there; undefined when it is no report. Never throws. */
export function reportOf(value: unknown): Report | undefined {
  if (!isObject(value)) return undefined
  switch (value.type) {
    case 'ready':
      return readyOf(value)
    case 'asks':
      return asksOf(value)
    case 'shares':
      return sharesOf(value)
    case 'unshares':
      return isCount(value.number) ? { type: 'unshares', number: value.number } : undefined
    case 'hasRoom':
      return { type: 'hasRoom' }
    case 'alive':
      return aliveOf(value)
    case 'inspected':
      return typeof value.isOpen === 'boolean' ? { type: 'inspected', isOpen: value.isOpen } : undefined
    case 'ended':
      return isCount(value.connections) ? { type: 'ended', connections: value.connections } : undefined
    case 'placed':
      return typeof value.isFirst === 'boolean' ? { type: 'placed', isFirst: value.isFirst } : undefined
    case 'broadcast':
      return broadcastOf(value)
    case 'metrics':
      return isText(value.text, MOST_METRICS) ? { type: 'metrics', text: value.text } : undefined
    case 'seen':
      return seenOf(value)
    case 'retiring':
      return isReason(value.reason) ? { type: 'retiring', reason: value.reason } : undefined
    case 'failed':
      return failedOf(value)
    default:
      return undefined
  }
}

/** What the watchdog has written as one line; undefined when it is no such report. */
export function blockedReportOf(line: string): Report | undefined {
  try {
    return seenOf(JSON.parse(line))
  } catch {
    return undefined
  }
}

/** Whether a worker in this state can have sent it. Reports can cross orders on their way, but no worker is ready twice. */
export function fitsState(type: Report['type'], state: WorkerState): boolean {
  return state !== 'serving' || (type !== 'ready' && type !== 'failed' && type !== 'asks')
}

function readyOf({ files, room, guess, notice }: Unknown): Report | undefined {
  if (!isTexts(files, MOST_FILES, LONGEST_PATH) || !isCount(room) || !isText(guess, LONGEST_PATH)) return undefined
  if (notice === undefined) return { type: 'ready', files, room, guess }
  if (!isObject(notice) || !isText(notice.text, LONGEST_TEXT)) return undefined
  const { level, text, isEncrypted = false, warning } = notice
  if ((level !== 'info' && level !== 'warn') || typeof isEncrypted !== 'boolean') return undefined
  if (warning !== undefined && !isText(warning, LONGEST_TEXT)) return undefined
  const more = { ...(isEncrypted && { isEncrypted }), ...(warning !== undefined && { warning }) }
  return { type: 'ready', files, room, guess, notice: { level, text, ...more } }
}

function asksOf({ place: asked }: Unknown): Report | undefined {
  const place = placeOf(asked)
  return place === undefined ? undefined : { type: 'asks', place }
}

function sharesOf({ number, place: asked }: Unknown): Report | undefined {
  const place = placeOf(asked)
  if (!isCount(number) || place === undefined || (place.port === undefined && place.path === undefined))
    return undefined
  return { type: 'shares', number, place }
}

function placeOf(place: unknown): AskedPlace | undefined {
  if (!isObject(place) || !['host', 'port', 'path'].every(key => key in place)) return undefined
  const { host, port, path, ipv6Only } = place
  if (port !== undefined && !(isCount(port) && Number.isInteger(port) && port < 65_536)) return undefined
  const isPlace = [host, path].every(text => text === undefined || isText(text, LONGEST_PATH))
  return isPlace ? ({ host, port, path, ...(ipv6Only === true && { ipv6Only }) } as AskedPlace) : undefined
}

/** A figure that is added to WorkerStats has to be named here, or it never comes. */
const FIGURES: Readonly<Record<Exclude<keyof WorkerStats, 'refused' | 'metered'>, true>> = {
  requests: true,
  connections: true,
  inFlight: true,
  shed: true,
  memory: true,
  loopDelayMs: true,
  utilization: true,
}

function aliveOf(value: Unknown) {
  const { refused, metered } = value
  const counts = Object.fromEntries(Object.keys(FIGURES).map(name => [name, value[name]]))
  if (!Object.values(counts).every(isCount)) return undefined
  if (!isObject(refused) || Object.getPrototypeOf(refused) !== Object.prototype) return undefined
  if (!Object.entries(refused).every(isRefusalCount)) return undefined
  const vitals = { ...counts, refused } as unknown as WorkerStats
  if (metered === undefined) return { type: 'alive', ...vitals } as const
  return isMetered(metered) ? ({ type: 'alive', ...vitals, metered } as const) : undefined
}

function seenOf(value: unknown): (Report & BlockedReport) | undefined {
  if (!isObject(value)) return undefined
  const { isBlocked, stack, requests } = value
  if (typeof isBlocked !== 'boolean') return undefined
  if (!isTexts(stack, MOST_LINES, LONGEST_TEXT) || !isTexts(requests, MOST_LINES, LONGEST_TEXT)) return undefined
  return { type: 'seen', isBlocked, stack, requests }
}

function broadcastOf({ content, dropped }: Unknown): Report | undefined {
  if (!(content instanceof Uint8Array) || content.byteLength > LONGEST_MESSAGE || !isCount(dropped)) return undefined
  return { type: 'broadcast', content, dropped }
}

function failedOf({ exitCode, message, detail }: Unknown): Report | undefined {
  if (!isCount(exitCode) || !Number.isInteger(exitCode) || exitCode > 255) return undefined
  if (!isText(message, LONGEST_TEXT)) return undefined
  if (detail !== undefined && !isText(detail, LONGEST_TEXT)) return undefined
  return { type: 'failed', exitCode, message, detail }
}

function isMetered(value: unknown): value is MeteredRequest {
  if (!isObject(value)) return false
  const { classes, durations, durationSum } = value
  return isCounts(classes, 5) && isCounts(durations, DURATION_BOUNDS.length + 1) && isCount(durationSum)
}

type Unknown = Readonly<Record<string, unknown>>

const isObject: Is<Unknown> = (value): value is Unknown => typeof value === 'object' && value !== null

/** Not NaN, not negative, and sums of it stay exact. */
const isCount: Is<number> = (value): value is number =>
  typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER

function isReason(value: unknown): value is RetireReason {
  return typeof value === 'string' && Object.hasOwn(REASONS, value)
}

function isRefusalCount([reason, count]: [string, unknown]): boolean {
  return REFUSAL_REASONS.has(reason) && isCount(count)
}

function isCounts(value: unknown, length: number): value is readonly number[] {
  return Array.isArray(value) && value.length === length && value.every(isCount)
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most
}

function isTexts(value: unknown, most: number, longest: number): value is readonly string[] {
  return Array.isArray(value) && value.length <= most && value.every(text => isText(text, longest))
}
