// Signals that end a process mean a worker's drain: its application hears of them when it has answered everything. Node calls every
// listener at once, which for an application that exits in its own would cut requests; so the event is taken before they are called.
import type { SignalSource } from '../system/signals.ts'

/** Those that operators and terminals end processes with. */
const HELD = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const
/** What an application may have a listener for, and a server answers with its end. */
const ENDS = ['SIGTERM', 'SIGINT'] as const
const NUMBERS: Readonly<Record<(typeof ENDS)[number], number>> = { SIGTERM: 15, SIGINT: 2 }

type Listener = (...values: unknown[]) => unknown
type Emit = (this: unknown, name: string | symbol, ...values: unknown[]) => boolean

/** The part of `process` that is needed. A thread has it as well, but no signal reaches it. */
export type SignalProcess = Pick<
  NodeJS.Process,
  'on' | 'once' | 'off' | 'emit' | 'kill' | 'pid' | 'rawListeners' | 'removeAllListeners'
>

export class HeldSignals implements SignalSource {
  readonly #process: SignalProcess
  readonly #own = new Map<string | symbol, Listener>()

  /** To be made before the application is loaded. */
  constructor(target: SignalProcess = process) {
    this.#process = target
    const emit = target.emit as unknown as Emit
    const own = this.#own
    const held: Emit = function (name, ...values) {
      const hear = own.get(name)
      if (hear === undefined) return Reflect.apply(emit, this, [name, ...values])
      hear(...values)
      return true
    }
    target.emit = held as typeof target.emit
    for (const signal of HELD) this.#holdEarlier(signal)
  }

  /** From now on only `listener` hears the signal, if it is one that is held; there is one for each. */
  on(signal: NodeJS.Signals, listener: () => void): void {
    if (HELD.some(held => held === signal)) this.#own.set(signal, listener)
    this.#process.on(signal, listener)
  }

  off(signal: NodeJS.Signals, listener: () => void): void {
    if (this.#own.get(signal) === listener) this.#own.delete(signal)
    this.#process.off(signal, listener)
  }

  /** The one that the application is to be told: many listen to both, with the same intent. */
  get asked(): (typeof ENDS)[number] | undefined {
    return ENDS.find(signal => this.#others(signal).length > 0)
  }

  /**
   * Calls the application's listeners, and gives what they gave; what one threw is a rejected promise. Meanwhile they are the only ones:
   * signal-exit and others look whether they are alone.
   */
  tell(signal: (typeof ENDS)[number]): unknown[] {
    const own = this.#own.get(signal) as NodeJS.SignalsListener | undefined
    const listeners = this.#others(signal)
    if (own !== undefined) this.#process.off(signal, own)
    const given = listeners.map(listener => call(listener, this.#process, [signal, NUMBERS[signal]]))
    if (own !== undefined) this.#process.on(signal, own)
    return given
  }

  /** Resolves when the application signals its own process, as those do that have removed their listeners: it is done. */
  untilKilledByItself(): Promise<void> {
    const { kill, pid } = this.#process
    return new Promise(resolve => {
      this.#process.kill = (id, signal = 'SIGTERM') => {
        if (id !== pid || signal === 0) return kill.call(this.#process, id, signal)
        resolve()
        return true
      }
    })
  }

  #others(signal: string): Listener[] {
    const own = this.#own.get(signal)
    const all = this.#process.rawListeners(signal) as Listener[]
    return all.filter(listener => listener !== own)
  }

  /** Node has bound the `emit` of the time when the first listener came: that of a module that was preloaded. */
  #holdEarlier(signal: (typeof HELD)[number]): void {
    const listeners = this.#process.rawListeners(signal) as NodeJS.SignalsListener[]
    if (listeners.length === 0) return
    this.#process.removeAllListeners(signal)
    for (const listener of listeners) this.#process.on(signal, listener)
  }
}

/** A rejection is for those who wait; until then it is not unhandled. */
function call(listener: Listener, target: unknown, values: readonly unknown[]): unknown {
  try {
    const given = Reflect.apply(listener, target, values)
    if (given instanceof Promise) given.catch(() => undefined)
    return given
  } catch (error) {
    const failed = Promise.reject(error)
    failed.catch(() => undefined)
    return failed
  }
}
