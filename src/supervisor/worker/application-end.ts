// The end of a worker as its application is told of it, after the last answer: what it exports for it, its server's 'close', its own
// listeners of SIGTERM or SIGINT, and 'beforeExit', one after the other. Whatever takes too long is cut.
import { setTimeout as delay } from 'node:timers/promises'
import { isNothingNew } from '../../app/active-resources.ts'
import type { Step } from '../../app/load/load-app.ts'
import type { Log } from '../../log/log.ts'
import type { HeldSignals } from './held-signals.ts'

/** Of the time that is left: a worker that is cut has to say so before its master kills it. */
const LAST_WORDS = 0.2
const LAST_WORDS_MS = 1000
/** How often it is looked whether listeners of 'beforeExit' are done. */
const LOOK_MS = 10

export interface ApplicationEnd {
  readonly log: Pick<Log, 'warn' | 'error'>
  /** What is left of --graceful-timeout. */
  readonly leftMs: number
  /** Whether somebody kills this process when nothing is left. */
  readonly isKilledThen: boolean
  /** Nothing of ours is to keep this process, or thread, alive any more. */
  release(): void
}

/** `release`: the process may end by itself once nothing keeps it alive. */
export type EndStep = Pick<Step, 'name'> & { run(release: () => void): unknown }

/** Performs the steps in their order, at most for the time that is left. A step that fails is logged, and the next one begins. */
export async function performEnd(steps: readonly EndStep[], end: ApplicationEnd): Promise<void> {
  const { log, leftMs, isKilledThen } = end
  const reserve = isKilledThen ? Math.min(LAST_WORDS_MS, leftMs * LAST_WORDS) : 0
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>(resolve => {
    timer = setTimeout(resolve, leftMs - reserve, 'late')
  })
  const release = (): void => {
    timer?.unref()
    end.release()
  }
  for (const { name, run } of steps) {
    const done = Promise.resolve()
      .then(() => run(release))
      .catch(error => log.error(`The application's ${name} failed at its end`, error))
    if ((await Promise.race([done, late])) !== 'late') continue
    log.warn(
      `The application did not end within --graceful-timeout: its ${name} is cut (a promise that resolves or process.exit() says that all is done)`,
    )
    break
  }
  clearTimeout(timer)
}

/** The steps that belong to the process, or the thread: the listeners of its signals and of its 'beforeExit'. */
export function processSteps(signals: HeldSignals): EndStep[] {
  let hasEndedByItself = false
  const tellSignal = async (release: () => void): Promise<void> => {
    const { asked } = signals
    if (asked === undefined) return
    const killed = signals.untilKilledByItself()
    const given = signals.tell(asked)
    const all = Promise.all(given)
    if (given.every(value => value instanceof Promise)) await Promise.race([all, killed])
    else {
      const idle = all.then(() => untilIdle(release)).then(() => (hasEndedByItself = true))
      await Promise.race([idle, killed])
    }
  }
  return [
    { name: `listeners of ${signals.asked ?? 'signals'}`, run: tellSignal },
    { name: 'listeners of "beforeExit"', run: () => (hasEndedByItself ? undefined : tellBeforeExit()) },
  ]
}

/** Resolves when nothing is pending any more and the listeners of 'beforeExit', which Node calls then, have nothing pending either. */
async function untilIdle(release: () => void): Promise<void> {
  release()
  // What a listener begins keeps the process alive; when that is done, the event comes again.
  for (const turn of [1, 2]) {
    const hasOthers = process.listenerCount('beforeExit') > 0
    await new Promise<void>(resolve => process.once('beforeExit', () => void setImmediate(resolve)))
    if (turn === 1 && !hasOthers) return
  }
}

async function tellBeforeExit(): Promise<void> {
  const before = process.getActiveResourcesInfo()
  const listeners = process.rawListeners('beforeExit')
  await Promise.all(listeners.map(listener => Reflect.apply(listener, process, [process.exitCode ?? 0])))
  // And the timer of the one who looks.
  while (listeners.length > 0 && !isNothingNew([...before, 'Timeout'])) await delay(LOOK_MS)
}
