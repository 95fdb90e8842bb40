// What is refused before any application sees it: each leaves a line in the access log, a count by reason, and at level debug the
// reason in the server's log, where an attacker cannot write as much as it likes.
import type { Peer } from '../app/handler.ts'
import { FAULTS, type FaultCode } from '../http1/faults.ts'
import type { AccessRecord } from '../log/access-record.ts'
import type { Log } from '../log/log.ts'

/** Why a request, or a connection, was refused. */
export type RefusalReason = FaultCode | (typeof OTHER_REASONS)[number]

const OTHER_REASONS = [
  'too-many-connections',
  'no-descriptors',
  'tls-handshake',
  'too-many-resets',
  'too-many-pieces',
  'proxy-protocol',
] as const
export const REFUSAL_REASONS: ReadonlySet<string> = new Set<RefusalReason>([
  ...(Object.keys(FAULTS) as FaultCode[]),
  ...OTHER_REASONS,
])

/** How often each reason has come, since the start. */
export type RefusalCounts = Readonly<Partial<Record<RefusalReason, number>>>

/** Lines of the server's log within LINES_MS; what goes beyond is counted. */
const MOST_LINES = 10
const LINES_MS = 1000

export interface Refusal {
  readonly reason: RefusalReason
  readonly status: number
  readonly peer: Peer
  /** The request line as far as it is known; '' when nothing of it was read. */
  readonly line: string
}

export class Refusals {
  readonly #counts: Partial<Record<RefusalReason, number>> = {}
  readonly #log: Log
  readonly #record: ((record: AccessRecord) => void) | undefined
  #lines = 0
  #leftOut = 0

  constructor(log: Log, record: ((record: AccessRecord) => void) | undefined) {
    this.#log = log
    this.#record = record
  }

  get counts(): RefusalCounts {
    return { ...this.#counts }
  }

  /** A request that no application saw. */
  add(refusal: Refusal): void {
    const { peer, line } = refusal
    this.#record?.(recordOf(refusal))
    this.count(refusal.reason, `${peer.remoteAddress ?? 'a client'} sent "${line}"`)
  }

  /** Counted only: the request has an answer, and so a line of its own, or there never was one. */
  count(reason: RefusalReason, words: string): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1
    this.#tell(`Refused (${reason}): ${words}`)
  }

  #tell(message: string): void {
    if (this.#lines === 0) setTimeout(() => this.#begin(), LINES_MS).unref()
    if (++this.#lines <= MOST_LINES) this.#log.debug(message)
    else this.#leftOut++
  }

  #begin(): void {
    if (this.#leftOut > 0) this.#log.debug(`Refused ${this.#leftOut} more within ${LINES_MS / 1000} s`)
    this.#lines = 0
    this.#leftOut = 0
  }
}

function recordOf({ reason, status, peer, line }: Refusal): AccessRecord {
  const [method = '', target = '', version = ''] = line.split(' ', 3)
  // Only a whole line has parts; of any other the access log has the text as it came.
  const isWhole = target !== '' && version.startsWith('HTTP/')
  const path = isWhole ? target : ''
  return {
    head: {
      line,
      method: isWhole ? method : '',
      target: path,
      path,
      protocol: isWhole && /^HTTP\/\d\.\d$/.test(version) ? version : undefined,
      authority: undefined,
      get: () => undefined,
    },
    peer,
    status,
    bodyBytes: 0,
    startedAt: Date.now(),
    durationMs: 0,
    isComplete: true,
    isPersistent: false,
    refusal: reason,
  }
}
