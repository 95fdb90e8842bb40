// The sockets of the admin server. They are bound with those of the server, before rights are dropped, and handed on with them.

import { join, resolve } from 'node:path'
import type { Config } from '../../config/config.ts'
import type { ListenAddress } from '../../config/listen/address.ts'
import { parseListenAddress } from '../../config/listen/listen-address.ts'
import type { Log } from '../../log/log.ts'
import { platform } from '../../platform.ts'
import { controlPathOf, makeControlDirectory, type Owner, ownId } from '../system/control-path.ts'
import {
  type ControlPipe,
  controlFileDirectory,
  newControlPipe,
  removeControlFile,
  writeControlFile,
} from '../system/control-pipe.ts'
import { type BoundListener, bindAll, type HandedSocket } from './bind.ts'

export interface AdminSockets {
  readonly admin: BoundListener | undefined
  readonly control: BoundListener | undefined
  /** The control socket is a named pipe, whose clients have to show its token. Undefined where it is a Unix socket. */
  readonly pipe?: AnnouncedPipe | undefined
  /** Those that a new master takes over; a control socket that has our process id as its name is not among them. */
  readonly lasting: readonly BoundListener[]
}

export interface AnnouncedPipe extends ControlPipe {
  /** To be called when it is open: says in a file where it is. Throws the system's error. */
  announce(): void
  /** Removes that file. */
  withdraw(): void
}

export interface AdminBinding {
  readonly config: Config
  readonly log: Log
  /** Who the server will run as. */
  readonly owner: Owner
  readonly inherited: readonly HandedSocket[] | undefined
}

/** Throws ConfigError when an address that was asked for cannot be had. */
export async function bindAdmin(binding: AdminBinding): Promise<AdminSockets> {
  const { config, inherited } = binding
  const requested = config.admin === undefined ? [] : [adminAddress(config.admin)]
  const [admin] = await bindAll(requested, { inherited })
  if (!platform.unixSockets) return { admin, control: undefined, pipe: controlPipe(config), lasting: [] }
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
export function releaseAdmin({ admin, control, pipe, lasting }: AdminSockets, all: boolean): void {
  pipe?.withdraw()
  for (const socket of [admin, control]) if (socket !== undefined && (all || !lasting.includes(socket))) socket.unlink()
}

/** Bound when it is opened. `--control-socket` names the file that says where it is. */
function controlPipe({ controlSocket: requested }: Config): AnnouncedPipe | undefined {
  if (requested === '') return undefined
  const control = newControlPipe()
  const path = requested === 'auto' ? join(controlFileDirectory(), `${process.pid}.json`) : resolve(requested)
  return {
    ...control,
    announce: () => writeControlFile(path, control),
    withdraw: () => removeControlFile(path, control),
  }
}

async function controlSocket({ config, log, owner, inherited }: AdminBinding): Promise<BoundListener | undefined> {
  const requested = config.controlSocket
  if (requested === '') return undefined
  if (requested !== 'auto') return (await bindAll([controlAddress(requested, owner)], { inherited }))[0]
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

/** Without a host only this machine is meant. */
function adminAddress(text: string): ListenAddress {
  const parsed = parseListenAddress(text, '--admin')
  if (parsed.kind === 'tcp') return { kind: 'tcp', host: parsed.host ?? '127.0.0.1', port: parsed.port }
  return parsed.kind === 'unix' ? { kind: 'unix', path: parsed.path } : { kind: 'abstract', name: parsed.name }
}
