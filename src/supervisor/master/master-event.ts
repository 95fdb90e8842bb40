import type { Config } from '../../config/config.ts'
import type { Report } from '../ipc/messages.ts'
import type { ProcessExit } from '../state/exit-reason.ts'
import type { MasterSignal } from '../system/signals.ts'
import type { EventQueue } from './event-queue.ts'
import type { Upgrade } from './upgrade.ts'

/** Everything that can happen to the master, as it lies in its eventQueue. */
export type MasterEvent =
  | { readonly type: 'report'; readonly id: number; readonly report: Report }
  /** A worker has sent what is no report; `what` completes "worker 7 sent ...". */
  | { readonly type: 'invalidReport'; readonly id: number; readonly what: string }
  | { readonly type: 'exit'; readonly id: number; readonly exit: ProcessExit }
  | { readonly type: 'signal'; readonly signal: MasterSignal }
  /** The configuration was read again, or what kept it from being read. */
  | { readonly type: 'reread'; readonly config: Config }
  | { readonly type: 'unreadable'; readonly error: unknown }
  /** A new master serves, or never will. */
  | { readonly type: 'upgraded'; readonly upgrade: Upgrade }
  | { readonly type: 'upgradeFailed'; readonly upgrade: Upgrade; readonly reason: string }
  /** A watched file, in reload mode. */
  | { readonly type: 'changed'; readonly path: string }
  /** Asked for on the control socket or by the admin listener. */
  | { readonly type: 'call'; readonly call: (now: number) => void }
  /** Time has passed: a deadline may be over. */
  | { readonly type: 'tick' }

/** Runs the change in the master's loop. Resolves when it has been made; the plan follows it. */
export function inLoop(eventQueue: EventQueue<MasterEvent>, change: (now: number) => void): Promise<void> {
  return new Promise(resolve => {
    const call = (now: number): void => {
      change(now)
      resolve()
    }
    eventQueue.put({ type: 'call', call })
  })
}
