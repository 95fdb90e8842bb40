// The line that says that the server serves. Scripts and tests read the address from it, also when the kernel chose the port.
import type { Notice } from '../../app/load/load-app.ts'
import type { Config } from '../../config/config.ts'
import type { Log } from '../../log/log.ts'
import { platform } from '../../platform.ts'
import type { BoundListener } from '../sockets/bind.ts'
import { appNameOf } from '../state/config-mapping.ts'

/** `Starlight/0.1.0 (linux) serving app.ts on http://127.0.0.1:5000 with 4 workers`. */
export function servingLine(
  config: Config,
  workers: number,
  listeners: readonly BoundListener[],
  version: string,
): string {
  const urls = listeners.map(placeOf).join(', ')
  const processes = workers === 0 ? 'in one process' : `with ${counted(workers, 'worker', 'workers')}`
  const children =
    config.interface === 'perl' ? ` and ${counted(Math.max(1, config.workers), 'Perl child', 'Perl children')}` : ''
  return `Starlight/${version} (${platform.name}) serving ${appNameOf(config)} on ${urls} ${processes}${children}`
}

/** Tells what kind the application was guessed to be, if it was: a wrong guess fails every request. */
export function tellGuess(config: Config, guess: string, log: Pick<Log, 'info'>): void {
  if (guess === '' || config.quiet) return
  log.info(`${appNameOf(config)} is taken for ${guess}; --interface overrides this guess`)
}

/** What is not told twice. */
export function wordsOf(notice: Notice | undefined): string {
  return notice === undefined ? '' : `${notice.text}\n${notice.warning}`
}

/** Tells that the application listens by itself, and what is made of it; `listeners` are shown as those of one that encrypts by itself. */
export function takeNotice(
  config: Config,
  notice: Notice | undefined,
  listeners: BoundListener[],
  log: Pick<Log, 'info' | 'warn'>,
): void {
  if (notice?.level === 'warn') log.warn(notice.text)
  else if (notice !== undefined && !config.quiet) log.info(notice.text)
  if (notice?.warning !== undefined) log.warn(notice.warning)
  if (notice?.isEncrypted !== true) return
  for (const [i, listener] of listeners.entries())
    listeners[i] = { ...listener, url: listener.url.replace(/^http:/, 'https:') }
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

/** A wildcard address is none that a browser can open: the line names one that it can, and says that it is not the only one. */
function placeOf({ address, url }: Pick<BoundListener, 'address' | 'url'>): string {
  if (address.kind !== 'tcp' || address.host !== undefined) return url
  return `${url.slice(0, url.indexOf(':'))}://localhost:${address.port} (every interface)`
}
