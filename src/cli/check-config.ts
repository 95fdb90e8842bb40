// --check-config: everything that a start does before it opens anything.
import { loadApp } from '../app/load/load-app.ts'
import type { Config } from '../config/config.ts'
import { addressText } from '../config/listen/address.ts'
import { createLog } from '../log/stderr-log.ts'
import { readTlsFiles } from '../server/tls-files.ts'
import { readerBeforeStart } from '../supervisor/acme/storage.ts'
import type { AskedPlace } from '../supervisor/ipc/messages.ts'
import { appContextOf, askedAddress, loadSpecOf } from '../supervisor/state/config-mapping.ts'
import { styleOf } from '../supervisor/system/log-files.ts'
import { identityFor } from '../supervisor/system/privileges.ts'
import { adoptionFor } from '../supervisor/worker/adoption.ts'
import { OwnServerSettings } from '../supervisor/worker/own-server.ts'

/** Reads the keys of TLS, loads the application and looks the user up; the configuration itself is checked already. Gives the line that says so; rejects with the mistake. */
export async function checkedLine(config: Config, cwd: string): Promise<string> {
  const log = createLog({ style: styleOf(config) })
  identityFor(config.user, config.group)
  const read = readerBeforeStart(config)
  for (const { tls } of config.listen) if (tls !== undefined) readTlsFiles(tls, message => log.warn(message), read)
  // What the application does in the background belongs to a server, and this one never serves.
  const ownServer = new OwnServerSettings(config)
  const context = { ...appContextOf(config, log, () => undefined), ownServer }
  const listeners = config.listen.map(address => ({ address, host: '' }))
  const around = { connections: () => 0, onClosing: () => undefined }
  let { listen } = config
  const ask = async (place: AskedPlace) => {
    const address = askedAddress(place, config.fallbackPort) ?? config.listen[0]!
    listen = [address]
    return { address, host: '' }
  }
  const adoption = adoptionFor({ config, listeners, log, ask: config.listensAsAsked ? ask : undefined, ...around })
  const { kind, guess, file, perl } = await loadApp({ ...loadSpecOf(config, cwd, 1), adoption, isCheck: true }, context)
  await perl?.close(0)
  const name = file ?? config.app ?? '-e'
  const isFree = config.listensAsAsked && config.fallbackPort === undefined && adoption?.server !== undefined
  const where = isFree ? adoption.where : `on ${listen.map(addressText).join(', ')}`
  const what = guess === undefined ? `is a ${kind} application` : `is taken for ${guess}`
  return `Configuration is fine: ${name} ${what}, to be served ${where} with ${workers(config.workers)}\n`
}

function workers(count: number): string {
  return count === 0 ? 'no workers' : `${count} ${count === 1 ? 'worker' : 'workers'}`
}
