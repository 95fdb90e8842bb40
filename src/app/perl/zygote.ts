// The Perl process that never serves: it has loaded Plack, and the application if that is preloaded, and forks the children.
import type { LogFormat, LogLevel } from '../../log/log.ts'
import { reasonLine, SERVING_LINE, unescapedLine } from './control-line.ts'
import { adoptPerl, type PerlProcess, spawnPerl } from './process.ts'

/** How a process ended, as wait(2) tells it. */
export interface WaitStatus {
  readonly code: number
  readonly signal: number
}

/** What the zygote says. */
export interface ZygoteEvents {
  /** It can fork. */
  onReady(): void
  onDead(child: number, status: WaitStatus): void
  /** The application does not load; Perl's words. */
  onBroken(message: string): void
  onForkFailed(child: number, message: string): void
  /** It is gone; `reason` completes "the Perl process ...". */
  onExit(reason: string): void
}

export interface ZygoteOptions {
  readonly perl: string
  /** Arguments of plackup. */
  readonly args: readonly string[]
  /** Path of the socket that children connect to. */
  readonly socketPath: string
  /** 0: no limit. */
  readonly maxRequests: number
  readonly minRequests: number
  readonly graceMs: number
  /** Of the entries that Perl code writes; default: text, from `info` on. */
  readonly logLevel?: LogLevel
  readonly logFormat?: LogFormat
  /** Whether requests have a name (--request-id). */
  readonly requestId?: boolean
  /**
   * The control channel of a Perl process that is there already, as a descriptor or as the path of a socket that gives one; `perl` and
   * `args` mean nothing then.
   */
  readonly adopted?: number | string | undefined
}

/** In characters; longer ones are cut. */
const LONGEST_LINE = 1024 * 1024

export class Zygote {
  readonly #process: PerlProcess
  readonly #events: ZygoteEvents
  /** What its children say to prove that they are. */
  readonly token: string = process.getBuiltinModule('node:crypto').randomBytes(16).toString('hex')
  canFork = false
  /** Whether the process has ended. */
  isGone = false
  #text = ''

  constructor(options: ZygoteOptions, events: ZygoteEvents) {
    this.#events = events
    this.#process = options.adopted === undefined ? spawnPerl(options.perl, options.args) : adoptPerl(options.adopted)
    const { control, gone } = this.#process
    control.on('error', () => undefined)
    control.setEncoding('utf8')
    control.on('data', (text: string) => this.#receive(text))
    void gone.then(reason => {
      this.canFork = false
      this.isGone = true
      events.onExit(reason)
    })
    this.#tell(
      `settings sock=${options.socketPath}\ttoken=${this.token}\tmax=${options.maxRequests}\tmin=${options.minRequests}` +
        `\tgrace=${Math.ceil(options.graceMs / 1000)}\tlevel=${options.logLevel ?? 'info'}\tformat=${options.logFormat ?? 'text'}\tids=${options.requestId === true ? 1 : 0}`,
    )
  }

  /** Resolves when the process has ended, or could not be started. */
  get gone(): Promise<unknown> {
    return this.#process.gone
  }

  /** Says that requests are answered from now on. */
  tellServing(): void {
    this.#tell(SERVING_LINE)
  }

  fork(child: number): void {
    this.#tell(`fork ${child}`)
  }

  signal(child: number, name: 'TERM' | 'KILL'): void {
    this.#tell(`kill ${child} ${name}`)
  }

  reopenLog(path: string): void {
    this.#tell(`log ${path}`)
  }

  /** Says why this process ends; for a Perl process that has started us. */
  tellReason(text: string): void {
    this.#tell(reasonLine(text.trimEnd()))
  }

  /** Asks it to end its children and itself. */
  quit(): void {
    this.#tell('quit')
  }

  /** Ends it and every process that it has started at once. */
  kill(): void {
    this.#process.kill()
  }

  #tell(line: string): void {
    const { control } = this.#process
    if (control.writable) control.write(`${line}\n`)
  }

  #receive(text: string): void {
    const lines = (this.#text + text).split('\n')
    // A preloaded application can write here too: what is no line of ours is passed over.
    this.#text = lines.pop()!.slice(0, LONGEST_LINE)
    for (const line of lines) this.#take(line)
  }

  #take(line: string): void {
    const [word, first = '', second = ''] = line.split(' ', 3)
    const events = this.#events
    const text = (words: number): string => unescapedLine(line.split(' ').slice(words).join(' '))
    switch (word) {
      case 'ready':
        this.canFork = true
        events.onReady()
        break
      case 'dead':
        if (isNumber(first) && isNumber(second))
          events.onDead(Number(first), { code: Number(second) >> 8, signal: Number(second) & 0x7f })
        break
      case 'unforked':
        if (isNumber(first)) events.onForkFailed(Number(first), text(2))
        break
      case 'broken':
        events.onBroken(text(1))
        break
      case 'lacks':
        events.onBroken(`Plack is needed (Debian: libplack-perl): ${text(1).split('\n', 1)[0]}`)
    }
  }
}

function isNumber(text: string): boolean {
  return /^\d{1,10}$/.test(text)
}
