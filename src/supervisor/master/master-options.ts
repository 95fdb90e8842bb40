import type { Notice } from '../../app/load/load-app.ts'
import type { Config } from '../../config/config.ts'
import type { AdminSockets } from '../sockets/admin-sockets.ts'
import type { BoundListener, HandedSocket } from '../sockets/bind.ts'
import type { MasterLogs } from '../system/log-files.ts'
import type { PidFile } from '../system/pidfile.ts'
import type { Certificates } from '../tls/certificates.ts'
import type { EventQueue } from './event-queue.ts'
import type { Invocation } from './invocation.ts'
import type { MasterEvent } from './master-event.ts'

/** What the master's loop starts with. */
export interface MasterOptions {
  readonly config: Config
  /** Where the configuration is read again after HUP. */
  readonly invocation: Invocation
  readonly version: string
  /** What another master has handed over, which goes when this one serves; undefined: there is none. */
  readonly handed: readonly HandedSocket[] | undefined
  /** How many to start with. */
  readonly workers: number
  /** Empty, and filled later, where the application says where to listen. */
  readonly listeners: BoundListener[]
  /** What TLS listeners serve. */
  readonly certificates: Certificates
  readonly adminServer: AdminSockets
  readonly logs: MasterLogs
  readonly pidFile: PidFile | undefined
  readonly eventQueue: EventQueue<MasterEvent>
  /** Program of the workers, for tests; default: worker.ts. */
  readonly entry?: string
  /** Whether the files of sockets that were or will be handed over are this master's to remove. */
  ownsFiles(): boolean
  /** Called once, when all workers serve. */
  onServing(): void
  /** Called once another master has the sockets. */
  onHandedOver(): void
  /** Called before the workers leave: a descriptor that stays open here keeps the port open while no process accepts. */
  onStopping(): void
  /** Called with the files that an app was loaded from, with what its kind was guessed to be, if it was, and with what to tell of one that listens. */
  onLoaded(files: readonly string[], guess: string, notice: Notice | undefined): void
}
