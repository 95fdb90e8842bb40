// Starts a server and stays until its end: what is opened here is closed here, in reverse order.
import { closeSync } from 'node:fs'
import type { Notice } from '../../app/load/load-app.ts'
import type { Config } from '../../config/config.ts'
import { ConfigError } from '../../config/errors.ts'
import { createLog } from '../../log/stderr-log.ts'
import { renewerOf, sourceWithOwn } from '../acme/certificate-of-acme.ts'
import type { Renewer } from '../acme/renewer.ts'
import { prepareStorage } from '../acme/storage.ts'
import { type AdminSockets, bindAdmin, releaseAdmin } from '../sockets/admin-sockets.ts'
import { type BoundListener, bindAll, stolenSocket } from '../sockets/bind.ts'
import { canReusePort } from '../sockets/bound-handle.ts'
import { type Handover, takeHandover, tellServing } from '../sockets/handover.ts'
import { processTitle } from '../sockets/process-title.ts'
import { takeInheritedSockets } from '../sockets/socket-activation.ts'
import { isReloading, masterAccepts } from '../state/config-mapping.ts'
import { ownId } from '../system/control-path.ts'
import { tellDescriptorLimit } from '../system/descriptors.ts'
import { detailOf } from '../system/error-text.ts'
import { type MasterLogs, openMasterLogs, styleOf } from '../system/log-files.ts'
import { inheritPidFile, type PidFile, takePidFile } from '../system/pidfile.ts'
import { dropPrivileges, type Identity, identityFor, isOurs, unreadableFor } from '../system/privileges.ts'
import { listenToSignals, type MasterSignal } from '../system/signals.ts'
import { Certificates, OWN_EYES } from '../tls/certificates.ts'
import type { ReaderSetup } from '../tls/reader-messages.ts'
import { ReaderSource } from '../tls/reader-source.ts'
import { HeldSignals } from '../worker/held-signals.ts'
import { type SingleProcessOptions, serveSingleProcess } from '../worker/single-process.ts'
import { launchDaemon } from './daemonize.ts'
import { EventQueue } from './event-queue.ts'
import type { Invocation } from './invocation.ts'
import { bindAsked } from './late-binding.ts'
import type { MasterEvent } from './master-event.ts'
import { MasterLoop } from './master-loop.ts'
import type { MasterOptions } from './master-options.ts'
import { ReloadWatch } from './reload-watch.ts'
import { servingLine, takeNotice, tellGuess, wordsOf } from './startup-message.ts'

export interface SuperviseOptions {
  /** Version of the package, for the line at start. */
  readonly version: string
  readonly invocation: Invocation
  /** Called once, when requests are answered. */
  readonly onServing?: () => void
  /** Gets what kept the server from starting, and tells it to the operator; default: it is written to standard error. */
  readonly onError?: (error: ConfigError) => void
}

/** Serves until told to stop. Resolves with the exit code; errors of the operator are logged, not thrown. */
export async function supervise(config: Config, options: SuperviseOptions): Promise<number> {
  const handover = takeHandover()
  if (config.daemonize && handover === undefined) return await launchDaemon(config, options)
  let logs: MasterLogs | undefined
  try {
    // Looked up before anything is opened: a user that does not exist leaves no trace.
    const identity = identityFor(config.user, config.group)
    logs = openMasterLogs(config)
    tellDescriptorLimit(config, logs.log)
    const { log } = logs
    prepareStorage(config, identity)
    const certificates = new Certificates(config.listen, log)
    const pidFile = pidFileOf(config, handover)
    const release = (): void => pidFile?.release()
    // Without workers the application ends this process, if it exits when it is told of the end.
    process.once('exit', release)
    try {
      await serveBound({ config, options, logs, identity, handover, pidFile, certificates })
    } finally {
      certificates.close()
      process.off('exit', release)
      release()
    }
    return 0
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    logs?.log.error(error.message, detailOf(error))
    if (options.onError !== undefined) options.onError(error)
    else if (logs === undefined || config.errorLog !== undefined)
      createLog({ style: styleOf(config) }).error(error.message, detailOf(error))
    return error.exitCode
  } finally {
    logs?.close()
  }
}

function pidFileOf({ pid }: Config, handover: Handover | undefined): PidFile | undefined {
  const handed = handover?.pidFile
  if (pid !== undefined && handover !== undefined && handed !== undefined)
    return inheritPidFile(pid, handover.pid, handed)
  if (handed !== undefined) closeSync(handed)
  return pid === undefined ? undefined : takePidFile(pid)
}

function tellStart({ log }: MasterLogs, config: Config, guess: string, line: string): void {
  if (config.quiet) return
  tellGuess(config, guess, log)
  if (config.threads > 0) log.info(THREADS_NOTE)
  log.info(line)
}

const THREADS_NOTE =
  'Threads: process.chdir(), process.umask() and signal handlers do not work in them; one that is blocked is ended without a stack'

interface Start {
  readonly config: Config
  readonly options: SuperviseOptions
  readonly logs: MasterLogs
  readonly identity: Identity | undefined
  readonly handover: Handover | undefined
  readonly pidFile: PidFile | undefined
  readonly certificates: Certificates
}

async function serveBound(start: Start): Promise<void> {
  const { config, handover } = start
  const bound = await socketsOf(start)
  // With nothing but itself a process cannot load new code: reloading takes one worker. A Perl process that has started us
  // has the application already, and gives it to workers only where it says how.
  const isOfPerl = config.zygoteFd !== undefined && config.zygoteSocket === undefined
  const isAlone = isOfPerl || (config.workers === 0 && !isReloading(config))
  const sockets = new Sockets(bound, isAlone || masterAccepts(config), handover === undefined)
  let adminServer: AdminSockets | undefined
  try {
    adminServer = isAlone ? undefined : await adminSocketsOf(start)
    await serveOn({ start, bound, adminServer, sockets })
  } finally {
    if (adminServer !== undefined) releaseAdmin(adminServer, sockets.ownsFiles)
    sockets.close()
  }
}

/** The listening sockets of this server, to their end. */
class Sockets {
  /** False: the files belong to another master, the one before or behind us. */
  ownsFiles: boolean
  readonly #bound: readonly BoundListener[]
  readonly #areTaken: boolean

  /** `areTaken`: this process accepts itself, and its server closes the descriptors, whose numbers may belong to others then. */
  constructor(bound: readonly BoundListener[], areTaken: boolean, ownsFiles: boolean) {
    this.#bound = bound
    this.#areTaken = areTaken
    this.ownsFiles = ownsFiles
  }

  unlink(): void {
    if (this.ownsFiles) for (const listener of this.#bound) listener.unlink()
  }

  close(): void {
    this.unlink()
    if (this.#areTaken) return
    for (const listener of this.#bound) {
      // libuv removes the file of a Unix socket that it closes: where it is another master's, that ends with this process.
      if (this.ownsFiles || listener.address.kind === 'tcp') listener.close()
    }
  }
}

interface Bound {
  readonly start: Start
  readonly bound: BoundListener[]
  /** Undefined: there are no workers. */
  readonly adminServer: AdminSockets | undefined
  readonly sockets: Sockets
}

async function serveOn(parts: Bound): Promise<void> {
  const { config, certificates, logs, options } = parts.start
  becomeUser(parts.start)
  const renewer = renewerOf(config, certificates, logs.log, options.version)
  try {
    await serveAs(parts, renewer)
  } finally {
    renewer?.close()
  }
}

async function serveAs({ start, bound, adminServer, sockets }: Bound, renewer: Renewer | undefined): Promise<void> {
  const { config, options, logs, handover, pidFile, certificates } = start
  const workers =
    adminServer === undefined ? 0 : config.interface === 'perl' ? config.frontWorkers : Math.max(1, config.workers)
  const onServing = (guess = '', notice?: Notice): void => {
    // With workers the loop has looked.
    const stolen = adminServer === undefined ? stolenSocket(bound) : undefined
    if (stolen !== undefined) throw stolen
    sockets.ownsFiles = true
    process.title = processTitle(adminServer === undefined ? '' : 'master', config, bound)
    takeNotice(config, notice, bound, logs.log)
    tellStart(logs, config, guess, servingLine(config, workers, bound, options.version))
    pidFile?.claim()
    renewer?.open()
    if (handover !== undefined) tellServing()
    options.onServing?.()
  }
  const common = { config, listeners: bound, certificates, logs, onServing }
  if (adminServer === undefined)
    return await serveSingleProcess({ ...common, ...lateInOneProcess(config, bound, sockets) })
  await serveWithWorkers({
    ...common,
    workers,
    adminServer,
    pidFile,
    onHandedOver: () => {
      renewer?.close()
      sockets.ownsFiles = false
    },
    onStopping: () => sockets.close(),
    ownsFiles: () => sockets.ownsFiles,
    invocation: options.invocation,
    version: options.version,
    handed: handover?.sockets,
  })
}

function becomeUser({ config, identity, certificates, logs }: Start): void {
  if (config.umask !== undefined) process.umask(config.umask)
  if (identity === undefined || isOurs(identity)) {
    certificates.watch(OWN_EYES)
    return
  }
  // Started with the rights that this process gives up.
  const source =
    unreadableFor(identity, certificates.allPaths).length === 0
      ? OWN_EYES
      : sourceWithOwn(config, certificates, paths =>
          readerFor({ paths, known: certificates.knownOf(paths) }, identity, logs),
        )
  dropPrivileges(identity)
  certificates.watch(source)
}

function readerFor(
  files: Pick<ReaderSetup, 'paths' | 'known'>,
  { userId = 0 }: Identity,
  { log }: MasterLogs,
): ReaderSource {
  return new ReaderSource({ ...files, userId }, log)
}

function lateInOneProcess(
  config: Config,
  bound: BoundListener[],
  sockets: Sockets,
): Pick<SingleProcessOptions, 'onStopping' | 'bindLate'> {
  return {
    onStopping: () => sockets.unlink(),
    bindLate: async place => {
      const listener = await bindAsked(config, place)
      bound.push(listener)
      return listener
    },
  }
}

function adminSocketsOf({ config, logs, identity, handover }: Start): Promise<AdminSockets> {
  const owner = { userId: identity?.userId ?? ownId(), groupId: identity?.groupId }
  return bindAdmin({ config, log: logs.log, owner, inherited: handover?.sockets })
}

/** Sockets of the old master first, then those inherited from systemd or Server::Starter, then our own. */
async function socketsOf({ config, handover }: Start): Promise<BoundListener[]> {
  const given = takeInheritedSockets(config.listen, handover?.sockets)
  if (given !== undefined) return given
  if (config.listensAsAsked && handover === undefined) return []
  return await bindAll(config.listen, { ipv6: config.ipv6, inherited: handover?.sockets, copies: copiesOf(config) })
}

/** How many sockets an address has. Throws ConfigError where --balance=reuseport cannot be. */
function copiesOf({ balance, workers }: Config): number {
  if (balance !== 'reuseport' || workers < 2) return 1
  if (canReusePort()) return workers
  const needs = 'Linux and Node 22.12 or later are needed'
  throw new ConfigError(`Cannot use --balance=reuseport: sockets cannot share a port here, ${needs}`)
}

async function serveWithWorkers(options: Omit<MasterOptions, 'eventQueue' | 'onLoaded'>): Promise<void> {
  const { config } = options
  const eventQueue = new EventQueue<MasterEvent>()
  const hear = (signal: MasterSignal): void => eventQueue.put({ type: 'signal', signal })
  // Modules that are preloaded (NODE_OPTIONS) have listeners here as well, which would end the master before its workers.
  const forgetSignals = listenToSignals(hear, undefined, undefined, new HeldSignals())
  const watch = isReloading(config) ? new ReloadWatch(path => eventQueue.put({ type: 'changed', path })) : undefined
  for (const path of config.reloadPaths) watch?.watchAll(path)
  let [told, toldOfServer] = ['', '']
  const onLoaded = (files: readonly string[], guess: string, notice: Notice | undefined): void => {
    watch?.watchSources(files)
    // Once, and again when a reload has brought another application.
    if (guess !== told) tellGuess(config, guess, options.logs.log)
    told = guess
    if (wordsOf(notice) !== toldOfServer) takeNotice(config, notice, options.listeners, options.logs.log)
    toldOfServer = wordsOf(notice)
  }
  try {
    await new MasterLoop({ ...options, eventQueue, onLoaded }).run()
  } finally {
    watch?.close()
    forgetSignals()
  }
}
