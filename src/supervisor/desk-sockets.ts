// The sockets of the desk. They are bound with those of the server, before rights are dropped, and handed on with them.
import type { ListenAddress } from '../config/address.ts'
import type { Config } from '../config/config.ts'
import { parseListenAddress } from '../config/listen-address.ts'
import type { Log } from '../log/log.ts'
import { type BoundListener, bindAll, type HandedSocket } from './bind.ts'
import { controlPathOf, makeControlDirectory, type Owner, ownId } from './control-path.ts'

export interface DeskSockets {
  readonly admin: BoundListener | undefined
  readonly control: BoundListener | undefined
  /** Those that a new master takes over; a control socket that has our process id as its name is not among them. */
  readonly lasting: readonly BoundListener[]
}

export interface DeskBinding {
  readonly config: Config
  readonly log: Log
  /** Who the server will run as. */
  readonly owner: Owner
  readonly inherited: readonly HandedSocket[] | undefined
}

/** Throws ConfigMistake when an address that was asked for cannot be had. */
export async function bindDesk(binding: DeskBinding): Promise<DeskSockets> {
  const { config, inherited } = binding
  const wished = config.admin === undefined ? [] : [adminAddress(config.admin)]
  const [admin] = await bindAll(wished, { inherited })
  try {
    const control = await controlSocket(binding)
    const isLasting = config.controlSocket !== 'auto'
    return { admin, control, lasting: [admin, isLasting ? control : undefined].filter(each => each !== undefined) }
  } catch (error) {
    admin?.close()
    throw error
  }
}

/** Removes the files of the sockets. `all`: those of the lasting ones, too. */
export function releaseDesk({ admin, control, lasting }: DeskSockets, all: boolean): void {
  for (const socket of [admin, control]) if (socket !== undefined && (all || !lasting.includes(socket))) socket.unlink()
}

async function controlSocket({ config, log, owner, inherited }: DeskBinding): Promise<BoundListener | undefined> {
  const wished = config.controlSocket
  if (wished === '') return undefined
  if (wished !== 'auto') return (await bindAll([controlAddress(wished, owner)], { inherited }))[0]
  try {
    const path = controlPathOf(process.pid, makeControlDirectory(owner))
    return (await bindAll([controlAddress(path, owner)]))[0]
  } catch (error) {
    log.warn(`There is no control socket: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}

function controlAddress(path: string, { userId }: Owner): ListenAddress {
  const own = process.getuid === undefined || ownId() === userId ? {} : { owner: String(userId) }
  return { kind: 'unix', path, mode: 0o600, ...own }
}

/** Without a host nobody outside of this machine is meant. */
function adminAddress(text: string): ListenAddress {
  const parsed = parseListenAddress(text, '--admin')
  if (parsed.kind === 'tcp') return { kind: 'tcp', host: parsed.host ?? '127.0.0.1', port: parsed.port }
  return parsed.kind === 'unix' ? { kind: 'unix', path: parsed.path } : { kind: 'abstract', name: parsed.name }
}
