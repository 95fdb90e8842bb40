// A server without workers: everything in this process, the same signals. For debugging, and where a supervisor does the rest.

import type { Config } from '../config/config.ts'
import { EXIT } from '../config/exit-codes.ts'
import { ConfigMistake } from '../config/mistakes.ts'
import type { Log } from '../log/log.ts'
import { accessRecorderOf } from './access-recorder.ts'
import type { BoundListener } from './bind.ts'
import { ownDescriptorLimit } from './descriptors.ts'
import type { MasterLogs } from './log-files.ts'
import { deferMarking } from './marking.ts'
import { isStop, listenToSignals, type MasterSignal } from './signals.ts'
import { Site } from './site.ts'

export interface SingleOptions {
  readonly config: Config
  /** Their descriptors belong to this function from now on. */
  readonly listeners: readonly BoundListener[]
  readonly logs: MasterLogs
  /** `guess`: what the application is taken for, when it could be of another kind. */
  onServing(guess: string | undefined): void
}

const LOOK_MS = 1000

/** Serves until a signal ends it. Rejects with the ConfigMistake that kept it from serving, or with what nothing caught. */
export async function serveAlone({ config, listeners, logs, onServing }: SingleOptions): Promise<void> {
  deferMarking()
  const { log } = logs
  const access = accessRecorderOf(config, logs.accessFd, log)
  const onRetire = (): void => log.info('The application asked for a new worker: there is none without --workers')
  const end = new Ending()
  const shortage = { limit: ownDescriptorLimit() }
  let site: Site | undefined
  const looking = setInterval(() => site?.lookAround(), LOOK_MS).unref()
  const reopen = (): void => {
    access?.reopen()
    if (config.errorLog !== undefined) site?.reopenErrors(config.errorLog)
  }
  const scale = scaler(config.workers, log, children => site?.scale(children) ?? false)
  const forgetSignals = listenToSignals(signal => {
    if (isStop(signal)) end.ask()
    else if (signal === 'SIGTTIN' && scale(1)) return
    else if (signal === 'SIGTTOU' && scale(-1)) return
    else if (signal === 'SIGHUP' && site?.renew()) log.info('Reloading: every Perl child is replaced')
    else answer(signal, logs, reopen)
  })
  const onUncaught = (error: Error): void => end.fail(error)
  try {
    site = await Site.open({ config, listeners, log, access, showsLoadErrors: false, shortage, onRetire })
    process.on('uncaughtException', onUncaught)
    onServing(site.guess)
    site.tellServing()
    await end.asked
    await Promise.race([site.drain(config.gracefulTimeout * 1000), end.urged])
    await site.close()
  } finally {
    clearInterval(looking)
    process.off('uncaughtException', onUncaught)
    forgetSignals()
    access?.close()
  }
  if (end.failure !== undefined) {
    throw new ConfigMistake('Cannot go on: an error that nothing caught', EXIT.failure, { cause: end.failure })
  }
}

/** Asks for one Perl child more or less, and remembers how many are wished. False where the application has none. */
function scaler(atFirst: number, log: Log, ask: (children: number) => boolean): (by: 1 | -1) => boolean {
  let children = Math.max(1, atFirst)
  return by => {
    const wished = Math.max(1, children + by)
    if (!ask(wished)) return false
    children = wished
    log.info(`Perl children: ${children} are wished`)
    return true
  }
}

function answer(signal: MasterSignal, logs: MasterLogs, reopen: () => void): void {
  if (signal === 'SIGUSR1') {
    logs.reopen()
    reopen()
  } else if (signal !== 'SIGWINCH') logs.log.info(`${signal} has no meaning without --workers and is ignored`)
}

/** The first request to stop is gentle, the second is not. */
class Ending {
  readonly asked: Promise<void>
  readonly urged: Promise<void>
  failure: Error | undefined
  #ask: () => void = () => undefined
  #urge: () => void = () => undefined
  #wasAsked = false

  constructor() {
    this.asked = new Promise(resolve => {
      this.#ask = resolve
    })
    this.urged = new Promise(resolve => {
      this.#urge = resolve
    })
  }

  ask(): void {
    if (this.#wasAsked) this.#urge()
    this.#wasAsked = true
    this.#ask()
  }

  fail(error: Error): void {
    this.failure ??= error
    if (!this.#wasAsked) this.ask()
  }
}
