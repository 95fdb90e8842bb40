// Gets the certificate of --acme and renews it, for as long as the master runs. All that share the directory look at the same files: who has
// the lock asks, and the others find the certificate there.
import type { AcmeClient } from '../../acme/client.ts'
import type { ChallengeType } from '../../acme/order.ts'
import { AcmeProblem } from '../../acme/problem.ts'
import { type RenewalInfo, renewalInfo } from '../../acme/renewal-info.ts'
import { certificateId } from '../../acme/x509.ts'
import type { Log } from '../../log/log.ts'
import { messageOf } from '../system/error-text.ts'
import { type AcmeTools, type Authority, attempt, clientFor } from './attempt.ts'
import { takeLock } from './lock.ts'
import { MOST_PATIENCE_MS, pauseAfter, renewalTime } from './schedule.ts'
import { type HeldCertificate, heldCertificate, readObject, removeLeftOvers, replaceFile } from './storage.ts'

export interface RenewerOptions {
  readonly authority: Authority
  /** The ways that can be gone; after each failure the next one goes first. */
  readonly challenges: readonly ChallengeType[]
  readonly log: Log
  /** Has the files read again. Rejects when what is there cannot be served. */
  onCertificate(): Promise<void>
  readonly tools?: AcmeTools
}

/** Longest time between two looks at the files and the clock. */
const LOOK_MS = 3600 * 1000
/** While somebody else asks. */
const LOCKED_LOOK_MS = 20_000
/** Of one attempt as a whole, and how long its lock holds. */
const ATTEMPT_MS = 8 * 60_000
const LOCK_MS = 10 * 60_000
/** A clock that is so much wrong is told of. */
const SKEW_MS = 3600 * 1000

/** What is kept of attempts that failed. */
interface Failures {
  readonly count: number
  /** Milliseconds since 1970. */
  readonly notBefore: number
}

const NONE: Failures = { count: 0, notBefore: 0 }

export class Renewer {
  readonly #options: RenewerOptions
  readonly #tools: AcmeTools
  readonly #spread: number
  #cancel: () => void = () => undefined
  #failures: Failures = NONE
  /** What the authority says of the certificate with that id. */
  #info: { readonly id: string; readonly info: RenewalInfo | undefined; readonly until: number } | undefined
  /** Was given, and could not be written. */
  #unsaved: string | undefined
  #end: AbortController | undefined
  #isClosed = false
  #saidLocked = false

  constructor(options: RenewerOptions) {
    this.#options = options
    this.#tools = options.tools ?? SYSTEM
    this.#spread = this.#tools.random()
  }

  /** To be called when the server answers requests. */
  open(): void {
    void this.#look()
  }

  close(): void {
    this.#isClosed = true
    this.#cancel()
    this.#end?.abort()
  }

  async #look(): Promise<void> {
    let pauseMs: number
    try {
      pauseMs = await this.#lookedFor()
    } catch (error) {
      // Of a fault that nobody thought of: the server goes on, and so does this.
      this.#options.log.error('Cannot look after the certificate of --acme', error)
      pauseMs = LOOK_MS
    }
    if (this.#isClosed) return
    this.#cancel = this.#tools.later(Math.min(Math.max(pauseMs, 0), LOOK_MS), () => void this.#look())
  }

  /** Asks if it is time. Gives how long nothing is to be done. */
  async #lookedFor(): Promise<number> {
    const held = this.#held()
    if (held !== undefined) await this.#askForWindow(held)
    const dueAt = this.#dueAt(held)
    const at = Math.max(dueAt, this.#unsaved === undefined ? 0 : this.#failures.notBefore)
    const now = this.#tools.now()
    if (this.#isClosed) return LOOK_MS
    if (at > now) return Math.min(at - now, Math.max(0, (this.#info?.until ?? Infinity) - now) || LOOK_MS)
    return await this.#renew()
  }

  /** When somebody is asked for a certificate in place of `held`. */
  #dueAt(held: HeldCertificate | undefined): number {
    const wanted = held === undefined ? 0 : renewalTime(held, this.#info?.info?.window, this.#spread)
    return Math.max(wanted, this.#failuresNow().notBefore)
  }

  async #renew(): Promise<number> {
    const { authority, log } = this.#options
    let lock: ReturnType<typeof takeLock>
    try {
      lock = takeLock(authority.files.lock, LOCK_MS, this.#tools.now())
    } catch (error) {
      return this.#failed(error, undefined)
    }
    if (lock === undefined) {
      if (!this.#saidLocked) log.info(`Another server asks ${authority.url} for the certificate of ${this.#names}`)
      this.#saidLocked = true
      return LOCKED_LOOK_MS * (1 + this.#tools.random())
    }
    this.#saidLocked = false
    try {
      return await this.#renewLocked()
    } finally {
      lock.release()
    }
  }

  async #renewLocked(): Promise<number> {
    const { authority, log } = this.#options
    // Who had the lock before may have done it.
    const held = this.#held()
    if (this.#unsaved === undefined && this.#dueAt(held) > this.#tools.now()) return 0
    let client: AcmeClient | undefined
    this.#end = new AbortController()
    const cancel = this.#tools.later(ATTEMPT_MS, () => this.#end?.abort())
    try {
      removeLeftOvers(authority.files, this.#tools.now(), LOCK_MS)
      if (this.#unsaved === undefined) {
        log.info(`Asking ${authority.url} for a certificate for ${this.#names}`)
        client = clientFor(authority, this.#tools, this.#end.signal)
        this.#unsaved = await attempt(client, {
          ...{ authority, tools: this.#tools, signal: this.#end.signal, old: held?.cert },
          challenges: this.#challengesNow(),
        })
      }
      replaceFile(authority.files.certificate, this.#unsaved)
      this.#unsaved = undefined
    } catch (error) {
      return this.#isClosed ? LOOK_MS : this.#failed(error, client)
    } finally {
      cancel()
      this.#end = undefined
    }
    return await this.#succeeded(client)
  }

  async #succeeded(client: AcmeClient | undefined): Promise<number> {
    const { authority, log, onCertificate } = this.#options
    const held = this.#held()
    const until = held === undefined ? 'a time that cannot be read' : new Date(held.notAfter).toISOString()
    log.info(`Got a certificate for ${this.#names} from ${authority.url}, until ${until}`)
    await onCertificate().catch(error => log.error(`${messageOf(error)}: what was served before stays`))
    if (held !== undefined) await this.#askForWindow(held)
    const isDue = held === undefined || renewalTime(held, this.#info?.info?.window, this.#spread) <= this.#tools.now()
    // It would be asked again and again, also by an authority that wants each certificate to be renewed at once.
    if (isDue) return this.#failed(new AcmeProblem('What the authority gave is to be renewed already'), client)
    this.#keep(NONE)
    return 0
  }

  #failed(error: unknown, client: AcmeClient | undefined): number {
    const { log } = this.#options
    const retryAfterMs = error instanceof AcmeProblem ? error.retryAfterMs : undefined
    const count = this.#failuresNow().count + 1
    const pauseMs = pauseAfter(count, retryAfterMs, this.#tools.random())
    this.#keep({ count, notBefore: this.#tools.now() + pauseMs })
    const next = `the next attempt is at ${new Date(this.#failures.notBefore).toISOString()}`
    const what = `Cannot get a certificate for ${this.#names}: ${reasonOf(error)}`
    log.error(`${what}${skewWords(client?.clockSkewMs ?? 0)}; ${next}`)
    return pauseMs
  }

  /** Others that share the directory, and a server that is started again, wait as long. */
  #keep(failures: Failures): void {
    this.#failures = failures
    const { state } = this.#options.authority.files
    try {
      if (failures.count > 0 || readObject(state) !== undefined)
        replaceFile(state, JSON.stringify({ ...failures, asks: this.#asks }))
    } catch (error) {
      this.#options.log.debug(`Cannot write "${state}": ${reasonOf(error)}`)
    }
  }

  #failuresNow(): Failures {
    const { count, notBefore, asks } = readObject(this.#options.authority.files.state) ?? {}
    // What is asked for is another thing now, as when an operator has mended it; or a clock was wrong.
    const isNumber = typeof count === 'number' && typeof notBefore === 'number'
    const found = isNumber && asks === this.#asks ? { count, notBefore } : NONE
    const latest = [found, this.#failures].reduce((a, b) => (b.notBefore > a.notBefore ? b : a))
    return latest.notBefore > this.#tools.now() + MOST_PATIENCE_MS ? NONE : latest
  }

  #challengesNow(): readonly ChallengeType[] {
    const { challenges } = this.#options
    const first = this.#failuresNow().count % challenges.length
    return [...challenges.slice(first), ...challenges.slice(0, first)]
  }

  /** Undefined where there is none for all names. */
  #held(): HeldCertificate | undefined {
    const { files, names } = this.#options.authority
    const held = heldCertificate(files.certificate)
    return held !== undefined && names.every(name => held.names.includes(name)) ? held : undefined
  }

  /** Whether its authority wants it to be renewed at another time. Without an answer its life counts. */
  async #askForWindow({ cert }: HeldCertificate): Promise<void> {
    const { authority, log } = this.#options
    const id = certificateId(cert)
    const now = this.#tools.now()
    if (id === undefined || (this.#info?.id === id && this.#info.until > now)) return
    const before = this.#info?.id === id ? this.#info.info : undefined
    this.#end = new AbortController()
    try {
      const info = await renewalInfo(clientFor(authority, this.#tools, this.#end.signal), id)
      this.#info = { id, info, until: now + (info?.againMs ?? LOOK_MS * 24) }
      if (info !== undefined && info.window.start !== before?.window.start)
        log.info(`The certificate of ${this.#names} is to be renewed ${windowWords(info)}, says its authority`)
    } catch (error) {
      log.debug(`Cannot ask when to renew the certificate of ${this.#names}: ${reasonOf(error)}`)
      this.#info = { id, info: before, until: now + LOOK_MS }
    } finally {
      this.#end = undefined
    }
  }

  get #names(): string {
    return this.#options.authority.names.join(', ')
  }

  get #asks(): string {
    return [...this.#options.authority.names, ...this.#options.challenges].join(' ')
  }
}

/** What the authority and the file system say is a sentence; anything else is a fault of ours, and has its stack. */
function reasonOf(error: unknown): string {
  const isSaid = error instanceof AcmeProblem || (error instanceof Error && 'syscall' in error)
  return isSaid ? error.message : messageOf(error)
}

function windowWords({ window: { start, end } }: RenewalInfo): string {
  return `between ${new Date(start).toISOString()} and ${new Date(end).toISOString()}`
}

function skewWords(skewMs: number): string {
  if (Math.abs(skewMs) < SKEW_MS) return ''
  const hours = Math.round(Math.abs(skewMs) / 3600_000)
  return ` (the clock of this machine is ${hours} h ${skewMs < 0 ? 'ahead of' : 'behind'} the authority's)`
}

const SYSTEM: AcmeTools = {
  now: () => Date.now(),
  random: () => Math.random(),
  later: (ms, call) => {
    const timeout = setTimeout(call, ms).unref()
    return () => clearTimeout(timeout)
  },
}
