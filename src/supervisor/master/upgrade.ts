// USR2: a new master, with the Node, the Starlight and the options of today, is started beside this one and takes its sockets.
// Only when all its workers serve does this one go; if that does not happen in time, it is killed and nothing has changed.
// As hypnotoad does it.
import { accessSync, constants } from 'node:fs'
import { setTimeout as timer } from 'node:timers'
import { ConfigError } from '../../config/errors.ts'
import { enterAgain } from '../../config/sources/working-directory.ts'
import { platform } from '../../platform.ts'
import { FIRST_INHERITED_FD, spawnMaster } from '../processes/spawn.ts'
import type { AdminSockets } from '../sockets/admin-sockets.ts'
import type { BoundListener } from '../sockets/bind.ts'
import { HANDOVER_VARIABLE, handoverFds, handoverText } from '../sockets/handover.ts'
import type { DesiredState } from '../state/desired-state.ts'
import type { MasterLogs } from '../system/log-files.ts'
import type { PidFile } from '../system/pidfile.ts'
import type { Invocation } from './invocation.ts'

export interface UpgradeOptions {
  readonly invocation: Invocation
  readonly listeners: readonly BoundListener[]
  readonly adminServer: AdminSockets
  /** Those of the application's further servers. */
  readonly shared: { readonly listeners: readonly BoundListener[] }
  readonly logs: MasterLogs
  readonly pidFile: PidFile | undefined
  /** The new master serves. */
  onUpgraded(upgrade: Upgrade): void
  /** It never will. */
  onUpgradeFailed(upgrade: Upgrade, reason: string): void
}

/** At most one at a time. */
export class Upgrades {
  readonly #options: UpgradeOptions
  #current: Upgrade | undefined

  constructor(options: UpgradeOptions) {
    this.#options = options
  }

  /** Starts one, or says why not. Its end is told by the options' callbacks. */
  begin(desired: DesiredState): Upgrade | undefined {
    const { log } = this.#options.logs
    const refusal = this.#refusal(desired)
    if (refusal !== undefined) {
      log.warn(`USR2 is ignored: ${refusal}`)
      return undefined
    }
    this.#current = new Upgrade(this.#options, desired.config.upgradeTimeout * 1000)
    log.info(`Upgrading: the new master ${this.#current.pid ?? ''} starts, this one serves until it does`)
    return this.#current
  }

  /** False when another one, or none, is under way: this one was given up before. */
  end(upgrade: Upgrade): boolean {
    const isCurrent = upgrade === this.#current
    if (isCurrent) this.#current = undefined
    if (isCurrent) upgrade.settle(undefined)
    return isCurrent
  }

  /** False when it is not the current one. */
  fail(upgrade: Upgrade, reason: string): boolean {
    if (upgrade !== this.#current) return false
    this.#current = undefined
    upgrade.settle(reason)
    this.#options.logs.log.error(`The upgrade is stopped: ${reason}; this master serves on`)
    return true
  }

  /** This server is told to stop, and the new one with it. False when there is none. */
  abandon(): boolean {
    const abandoned = this.#current
    this.#current = undefined
    abandoned?.abandon()
    abandoned?.settle('this server is stopped')
    return abandoned !== undefined
  }

  #refusal({ phase, config }: DesiredState): string | undefined {
    if (!platform.inheritsSockets)
      return 'a new master cannot be given sockets here; reload takes new code and configuration'
    if (config.zygoteFd !== undefined) return 'the Perl program that started this server would take its end for its own'
    if (process.pid === 1) return 'process 1 cannot be replaced, start a new container'
    if (this.#current !== undefined) return 'an upgrade is under way'
    if (phase !== 'serving') return 'this server does not serve yet, or not any more'
    return problemOfDirectory(this.#options.invocation)
  }
}

/** Enters the working directory as it is now; what keeps a new master from it, or undefined. */
function problemOfDirectory({ directory }: Invocation): string | undefined {
  try {
    enterAgain(directory)
    return undefined
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

/** Without the rights that --user has given up the new master starts where this one is. */
function mayEnter(directory: string): boolean {
  try {
    accessSync(directory, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export class Upgrade {
  readonly pid: number | undefined
  /** Undefined when the new master serves; otherwise why it never will. */
  readonly outcome: Promise<string | undefined>
  settle: (reason: string | undefined) => void = () => undefined
  readonly #process: ReturnType<typeof spawnMaster>
  readonly #timer: NodeJS.Timeout | undefined

  /** `timeoutMs` 0: it may take as long as it likes. */
  constructor(options: UpgradeOptions, timeoutMs: number) {
    const { invocation, logs, pidFile } = options
    const given = {
      sockets: [...options.listeners, ...options.adminServer.lasting, ...options.shared.listeners],
      pidFile,
    }
    this.outcome = new Promise(resolve => {
      this.settle = resolve
    })
    this.#process = spawnMaster({
      // By the name that it was called by: `node` may be another one today.
      command: process.argv0,
      args: [invocation.program, ...invocation.argv],
      // A relative --chdir starts where it was given.
      cwd: [invocation.start, invocation.directory].every(mayEnter) ? invocation.start : undefined,
      environment: {
        ...invocation.environment,
        [HANDOVER_VARIABLE]: handoverText(process.pid, given, FIRST_INHERITED_FD),
      },
      stderrFd: logs.stderrFd,
      fds: handoverFds(given),
      onServing: () => {
        clearTimeout(this.#timer)
        // A daemon ends when nothing is left to wait for.
        this.#process.release()
        options.onUpgraded(this)
      },
      onExit: ({ code, signal, error }) => {
        clearTimeout(this.#timer)
        options.onUpgradeFailed(this, error ?? `the new master ended with ${signal ?? `code ${code}`}`)
      },
    })
    this.pid = this.#process.pid
    if (timeoutMs > 0) this.#timer = timer(() => this.#giveUp(options, timeoutMs), timeoutMs)
  }

  /** Ends the new master; its workers leave with it. */
  abandon(): void {
    clearTimeout(this.#timer)
    this.#process.kill('SIGKILL')
  }

  #giveUp(options: UpgradeOptions, timeoutMs: number): void {
    this.abandon()
    options.onUpgradeFailed(this, `the new master did not serve within ${timeoutMs / 1000} s`)
  }
}
