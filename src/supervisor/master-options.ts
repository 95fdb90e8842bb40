import type { Config } from '../config/config.ts'
import type { BoundListener } from './bind.ts'
import type { DeskSockets } from './desk-sockets.ts'
import type { Inbox } from './inbox.ts'
import type { MasterLogs } from './log-files.ts'
import type { MasterEvent } from './master-event.ts'
import type { Origin } from './origin.ts'
import type { PidFile } from './pidfile.ts'

/** What the master's loop starts with. */
export interface MasterOptions {
  readonly config: Config
  /** Where the configuration is read again after HUP. */
  readonly origin: Origin
  readonly version: string
  /** Another master is there, and goes when this one serves. */
  readonly isTakingOver: boolean
  /** How many to start with. */
  readonly workers: number
  readonly listeners: readonly BoundListener[]
  readonly desk: DeskSockets
  readonly logs: MasterLogs
  readonly pidFile: PidFile | undefined
  readonly inbox: Inbox<MasterEvent>
  /** Program of the workers, for tests; default: worker.ts. */
  readonly entry?: string
  /** Whether the files of sockets that were or will be handed over are this master's to remove. */
  ownsFiles(): boolean
  /** Called once, when all workers serve. */
  onServing(): void
  /** Called once another master has the sockets. */
  onHandedOver(): void
  /** Called before the workers leave: a descriptor that stays open here keeps the port open, with nobody who accepts. */
  onStopping(): void
  /** Called with the files that an app was loaded from, and with what its kind was guessed to be, if it was. */
  onLoaded(files: readonly string[], guess: string): void
}
