// A server without workers: everything in this process, the same signals. For debugging, and where a supervisor does the rest.

import { setTimeout } from 'node:timers/promises'
import type { Notice } from '../../app/load/load-app.ts'
import type { Config } from '../../config/config.ts'
import { ConfigError } from '../../config/errors.ts'
import { EXIT } from '../../config/exit-codes.ts'
import type { Log } from '../../log/log.ts'
import type { AskedPlace } from '../ipc/messages.ts'
import type { BoundListener } from '../sockets/bind.ts'
import { ownDescriptorLimit } from '../system/descriptors.ts'
import { messageOf } from '../system/error-text.ts'
import type { MasterLogs } from '../system/log-files.ts'
import {
  isStop,
  listenToSignals,
  type MasterSignal,
  TERMINAL_CLOSED,
  TERMINAL_CLOSED_WORDS,
} from '../system/signals.ts'
import { drainDelayMessage } from '../system/stop-message.ts'
import type { Certificates } from '../tls/certificates.ts'
import { type AccessLogWriter, accessLogWriterOf } from './access-log-writer.ts'
import { AppServer } from './app-server.ts'
import { type EndStep, performEnd, processSteps } from './application-end.ts'
import { HeldSignals } from './held-signals.ts'
import { OwnPlace } from './own-place.ts'
import { deferMarking } from './v8-flags.ts'

export interface SingleProcessOptions {
  readonly config: Config
  /** Their descriptors belong to this function from now on. */
  readonly listeners: readonly BoundListener[]
  readonly certificates: Certificates
  readonly logs: MasterLogs
  /** `guess`: what the application is taken for, when it could be of another kind. `notice`: what to tell of one that listens by itself. */
  onServing(guess: string | undefined, notice: Notice | undefined): void
  /** Called before nothing is accepted any more. */
  onStopping(): void
  /** Binds where the application asks to listen; called where there is no listener. */
  bindLate(place: AskedPlace): Promise<BoundListener>
}

const LOOK_MS = 1000

/** Serves until a signal ends it. Rejects with the ConfigError that kept it from serving, or with what nothing caught. */
export async function serveSingleProcess(options: SingleProcessOptions): Promise<void> {
  deferMarking()
  const { config, logs, onServing } = options
  const { log } = logs
  const access = accessLogWriterOf(config, logs.accessFd, log)
  const end = new Ending()
  let appServer: AppServer | undefined
  const looking = setInterval(() => appServer?.lookAround(), LOOK_MS).unref()
  const reopen = (): void => {
    access?.reopen()
    if (config.errorLog !== undefined) appServer?.reopenErrors(config.errorLog)
  }
  const scale = scaler(config.workers, log, children => appServer?.scale(children) ?? false)
  const [signals, place] = [new HeldSignals(), enterAlone(log)]
  const hear = (signal: MasterSignal): void => {
    if (isStop(signal)) end.ask(signal, log)
    else if (signal === 'SIGTTIN' && scale(1)) return
    else if (signal === 'SIGTTOU' && scale(-1)) return
    else if (signal === 'SIGHUP' && reload(appServer, options)) return
    else answer(signal, logs, reopen)
  }
  const forgetSignals = listenToSignals(hear, undefined, undefined, signals)
  const onUncaught = (error: Error): void => end.fail(error)
  try {
    appServer = await openAppServer(options, access, end)
    process.on('uncaughtException', onUncaught)
    onServing(appServer.guess, appServer.notice)
    appServer.tellServing()
    await end.asked(1)
    await leave(appServer, options, end, [...place.endings, ...appServer.endings(processSteps(signals))])
  } finally {
    clearInterval(looking)
    process.off('uncaughtException', onUncaught)
    forgetSignals()
    access?.close()
  }
  if (end.failure !== undefined) {
    throw new ConfigError('Cannot go on: an error that nothing caught', EXIT.failure, { cause: end.failure })
  }
}

async function openAppServer(
  { config, listeners: bound, certificates, logs: { log }, bindLate }: SingleProcessOptions,
  access: AccessLogWriter | undefined,
  end: Ending,
): Promise<AppServer> {
  const withTls = (listener: BoundListener) => ({ ...listener, tls: certificates.of(listener.address) })
  const listeners = bound.map(withTls)
  const onRetire = (): void => log.info('The application asked for a new worker: there is none without --workers')
  const onAppClosing = (): void => {
    log.info('The application has closed its server: the server ends')
    end.ask()
  }
  const shortage = { limit: ownDescriptorLimit() }
  const asked = { onRetire, onAppClosing, askListener: async (place: AskedPlace) => withTls(await bindLate(place)) }
  const appServer = await AppServer.open({ config, listeners, log, access, shortage, showsLoadErrors: false, ...asked })
  // What was renewed while the application was loaded comes first.
  appServer.renewTls(certificates.materials)
  certificates.onRenewed = materials => appServer.renewTls(materials)
  return appServer
}

function enterAlone(log: Log): OwnPlace {
  const place = new OwnPlace({ number: 1, count: 1, generation: 0, isFirst: true }, log)
  place.enter()
  return place
}

/** The next request to stop ends --drain-delay; the one behind the delay cuts what is left. */
async function leave(
  appServer: AppServer,
  { config, logs, onStopping }: SingleProcessOptions,
  end: Ending,
  steps: readonly EndStep[],
): Promise<void> {
  const { drainDelay, gracefulTimeout } = config
  // Requests to stop may come while none is awaited: they are counted.
  let last = 2
  if (drainDelay > 0 && end.failure === undefined) {
    logs.log.info(drainDelayMessage(drainDelay))
    const isAsked = end.asked(2).then(() => true)
    if (await Promise.race([setTimeout(drainDelay * 1000, false, { ref: false }), isAsked])) last = 3
  }
  onStopping()
  const endsAt = performance.now() + gracefulTimeout * 1000
  const tellEnd = async (): Promise<void> => {
    await appServer.drain(gracefulTimeout * 1000, true)
    const leftMs = Math.max(0, endsAt - performance.now())
    const of = { log: logs.log, leftMs, isKilledThen: false, release: () => undefined }
    await performEnd(steps, of)
  }
  await Promise.race([tellEnd(), end.asked(last)])
  await appServer.close()
}

/** Reads the keys and certificates again and replaces the Perl children. False where there is neither. */
function reload(appServer: AppServer | undefined, { certificates, logs: { log } }: SingleProcessOptions): boolean {
  const hasTls = certificates.materials.length > 0
  if (hasTls) {
    log.info('Reloading: the TLS files are read again')
    certificates.renew().catch(error => log.error(`What was served before stays: ${messageOf(error)}`))
  }
  const hasPerl = appServer?.renew() === true
  if (hasPerl) log.info('Reloading: every Perl child is replaced')
  return hasTls || hasPerl
}

/** Asks for one Perl child more or less, and remembers how many are desired. False where the application has none. */
function scaler(atFirst: number, log: Log, ask: (children: number) => boolean): (by: 1 | -1) => boolean {
  let children = Math.max(1, atFirst)
  return by => {
    const desired = Math.max(1, children + by)
    if (!ask(desired)) return false
    children = desired
    log.info(`Target set to ${children} Perl children`)
    return true
  }
}

function answer(signal: MasterSignal, logs: MasterLogs, reopen: () => void): void {
  if (signal === 'SIGUSR1') {
    logs.reopen()
    reopen()
  } else if (signal !== 'SIGWINCH') logs.log.info(`${String(signal)} has no meaning without --workers and is ignored`)
}

/** Requests to stop, counted. */
class Ending {
  /** How many have come. */
  count = 0
  failure: Error | undefined
  readonly #waiting: { readonly count: number; resolve(): void }[] = []

  /** Resolves with the request of that number. */
  asked(count: number): Promise<void> {
    return new Promise(resolve => {
      if (this.count >= count) resolve()
      else this.#waiting.push({ count, resolve })
    })
  }

  ask(signal?: MasterSignal, log?: Log): void {
    if (signal === TERMINAL_CLOSED) log?.info(TERMINAL_CLOSED_WORDS)
    this.count++
    for (const { count, resolve } of this.#waiting) if (this.count >= count) resolve()
  }

  fail(error: Error): void {
    this.failure ??= error
    if (this.count === 0) this.ask()
  }
}
