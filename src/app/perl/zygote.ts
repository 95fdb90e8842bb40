// The Perl process that never serves: it has loaded Plack, and the application if that is preloaded, and forks the children.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'

/** How a process ended, as wait(2) tells it. */
export interface WaitStatus {
  readonly code: number
  readonly signal: number
}

/** What the zygote says. */
export interface ZygoteEvents {
  /** It can fork. */
  onReady(): void
  /** Child `serial` has a pid. */
  onBorn(pid: number, serial: number): void
  onDead(pid: number, status: WaitStatus): void
  /** The application does not load; Perl's words. */
  onBroken(message: string): void
  onForkFailed(message: string): void
  /** It is gone; `reason` completes "the Perl process ...". */
  onExit(reason: string): void
}

export interface ZygoteOptions {
  readonly perl: string
  /** Arguments of plackup. */
  readonly args: readonly string[]
  /** Path of the socket that children connect to, and what they say to prove who they are. */
  readonly socketPath: string
  readonly token: string
  /** 0: no limit. */
  readonly maxRequests: number
  readonly minRequests: number
  readonly graceMs: number
}

const HOST = fileURLToPath(new URL('../../../perl/starlight-host.pl', import.meta.url))

export class Zygote {
  readonly #process: ChildProcess
  readonly #control: Duplex
  readonly #events: ZygoteEvents
  /** Resolves when the process has ended, or could not be started. */
  readonly gone: Promise<void>
  #text = ''
  #isGone = false

  constructor(options: ZygoteOptions, events: ZygoteEvents) {
    this.#events = events
    const child = spawn(options.perl, [HOST, ...options.args], {
      // A session of its own: a terminal's ^C is for the master alone.
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    })
    this.#process = child
    this.#control = child.stdio[3] as Duplex
    this.#control.on('error', () => undefined)
    this.#control.setEncoding('utf8')
    this.#control.on('data', (text: string) => this.#receive(text))
    this.gone = new Promise(resolve => child.once('close', () => resolve()).once('error', () => resolve()))
    child.once('error', error => this.#gone(`cannot be started: ${startProblem(options.perl, error)}`))
    child.once('close', (code, signal) =>
      this.#gone(signal === null ? `exited with code ${code}` : `was killed by ${signal}`),
    )
    this.#tell(
      `C sock=${options.socketPath}\ttoken=${options.token}\tmax=${options.maxRequests}\tmin=${options.minRequests}` +
        `\tgrace=${Math.ceil(options.graceMs / 1000)}`,
    )
  }

  fork(serial: number): void {
    this.#tell(`F ${serial}`)
  }

  signal(pid: number, name: 'TERM' | 'KILL'): void {
    this.#tell(`K ${name} ${pid}`)
  }

  reopenLog(path: string): void {
    this.#tell(`L ${path}`)
  }

  /** Asks it to end its children and itself. */
  quit(): void {
    this.#tell('Q')
  }

  /** Ends it and every process of its session at once. */
  kill(): void {
    const { pid } = this.#process
    if (this.#isGone || pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It has gone by itself.
    }
  }

  #tell(line: string): void {
    if (this.#control.writable) this.#control.write(`${line}\n`)
  }

  #receive(text: string): void {
    const lines = (this.#text + text).split('\n')
    this.#text = lines.pop()!
    for (const line of lines) this.#take(line)
  }

  #take(line: string): void {
    const [word, first = '', second = ''] = line.split(' ', 3)
    const events = this.#events
    switch (word) {
      case 'R':
        events.onReady()
        break
      case 'B':
        events.onBorn(Number(first), Number(second))
        break
      case 'D':
        events.onDead(Number(first), { code: Number(second) >> 8, signal: Number(second) & 0x7f })
        break
      case 'E':
        events.onBroken(unescaped(line.slice(line.indexOf(' ', 2) + 1)))
        break
      case 'N':
        events.onBroken(`Plack is needed (Debian: libplack-perl): ${unescaped(line.slice(2)).split('\n', 1)[0]}`)
        break
      case 'X':
        events.onForkFailed(unescaped(line.slice(2)))
    }
  }

  #gone(reason: string): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#events.onExit(reason)
  }
}

function startProblem(program: string, error: NodeJS.ErrnoException): string {
  if (error.code !== 'ENOENT') return `"${program}": ${error.message}`
  return `there is no "${program}", Perl is needed (Debian: perl libplack-perl; or name it with --perl)`
}

/** Texts of several lines come in one, with %XX for what would break it. */
function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
