// The life of `starlight-starter`: one program that serves, and for a while the one before it. The sockets stay open here throughout.
import { setTimeout as timer } from 'node:timers'
import type { ListenAddress } from '../config/listen/address.ts'
import type { Log } from '../log/log.ts'
import type { ProcessExit } from '../supervisor/state/exit-reason.ts'

export interface StarterSocket {
  /** As it stands in SERVER_STARTER_PORT. */
  readonly name: string
  readonly address: ListenAddress
  /** The number that the descriptor shall have in the program. */
  readonly fd?: number
}

/** Times in milliseconds. */
export interface StarterOptions {
  readonly sockets: readonly StarterSocket[]
  readonly program: readonly string[]
  readonly directory: string | undefined
  /** A program that lives so long has started. */
  readonly intervalMs: number
  readonly signalOnHup: NodeJS.Signals
  readonly signalOnTerm: NodeJS.Signals
  readonly backlog: number
  readonly environmentDirectory: string | undefined
  /** 0: never. */
  readonly autoRestartMs: number
  readonly killOldDelayMs: number
  readonly pidFile: string | undefined
  readonly statusFile: string | undefined
  readonly logFile: string | undefined
}

export interface Program {
  readonly pid: number | undefined
  kill(signal: NodeJS.Signals): void
}

export interface StarterParts {
  readonly options: StarterOptions
  readonly log: Log
  /** Starts the program; `onExit` is called once. */
  spawn(generation: number, onExit: (exit: ProcessExit) => void): Program
  /** Told whenever the programs that run are others. */
  onChange(running: readonly Generation[]): void
}

export interface Generation {
  readonly number: number
  readonly program: Program
}

interface Run extends Generation {
  exit: ProcessExit | undefined
}

export type StarterSignal = 'SIGHUP' | 'SIGTERM' | 'SIGINT'

export class Starter {
  readonly #parts: StarterParts
  readonly #signals: StarterSignal[] = []
  readonly #running = new Set<Run>()
  #generation = 0
  #wake: () => void = () => undefined

  constructor(parts: StarterParts) {
    this.#parts = parts
  }

  signal(name: StarterSignal): void {
    this.#signals.push(name)
    this.#wake()
  }

  /** Resolves when TERM or INT has ended all programs. */
  async run(): Promise<void> {
    let current = await this.#start()
    for (;;) {
      await this.#happening(
        () => current.exit !== undefined || this.#signals.length > 0,
        this.#parts.options.autoRestartMs,
      )
      const signal = this.#signals.shift()
      if (signal === 'SIGTERM' || signal === 'SIGINT') return await this.#stop(signal)
      if (signal === undefined && current.exit !== undefined) {
        this.#parts.log.warn(
          `program ${current.program.pid} ended unexpectedly (${words(current.exit)}), it is started again`,
        )
        current = await this.#start()
      } else {
        this.#parts.log.info(signal === undefined ? 'time to replace the program' : 'HUP: the program is replaced')
        current = await this.#replace()
      }
    }
  }

  /** Starts programs until one stays up, or until a stop is requested. */
  async #start(): Promise<Run> {
    const { options, log } = this.#parts
    for (;;) {
      const run = this.#spawn()
      log.info(`program ${run.program.pid} is started (generation ${run.number})`)
      // All of the time, even when it fails sooner: that is the pace of the tries.
      await this.#happening(() => this.#signals.length > 0, options.intervalMs)
      if (run.exit === undefined || this.#signals.some(signal => signal !== 'SIGHUP')) return run
      log.error(`program ${run.program.pid} could not start (${words(run.exit)}), it is tried again`)
    }
  }

  #spawn(): Run {
    const number = ++this.#generation
    const run: { number: number; program: Program; exit: ProcessExit | undefined } = {
      number,
      program: this.#parts.spawn(number, exit => {
        run.exit = exit
        this.#running.delete(run)
        this.#tellChange()
        this.#wake()
      }),
      exit: undefined,
    }
    this.#running.add(run)
    this.#tellChange()
    return run
  }

  async #replace(): Promise<Run> {
    const { options, log } = this.#parts
    const run = await this.#start()
    const until = performance.now() + options.killOldDelayMs
    // Signals wait: the next one is looked at when the old program has been told.
    while (performance.now() < until) await this.#happening(() => false, until - performance.now())
    for (const old of this.#running) {
      if (old === run) continue
      log.info(`${options.signalOnHup} goes to the old program ${old.program.pid}`)
      old.program.kill(options.signalOnHup)
    }
    return run
  }

  async #stop(signal: StarterSignal): Promise<void> {
    const { options, log } = this.#parts
    const told = signal === 'SIGINT' ? 'SIGTERM' : options.signalOnTerm
    log.info(`${signal}: ${told} goes to every program`)
    for (const { program } of this.#running) program.kill(told)
    await this.#happening(() => this.#running.size === 0)
  }

  #tellChange(): void {
    this.#parts.onChange([...this.#running])
  }

  /** Resolves when the fact holds, or after `ms`; 0 or none: only then. */
  async #happening(fact: () => boolean, ms = 0): Promise<void> {
    let isLate = false
    const late = ms > 0 ? timer(() => this.#wakeLate(() => (isLate = true)), ms) : undefined
    while (!isLate && !fact()) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    clearTimeout(late)
  }

  #wakeLate(note: () => void): void {
    note()
    this.#wake()
  }
}

function words({ code, signal, error }: ProcessExit): string {
  return error ?? (signal === null ? `code ${code}` : signal)
}
