// The Unix sockets of this machine (of this network namespace), as proc(5) lists them in /proc/net/unix.
import { readFileSync } from 'node:fs'
import { platform } from '../../platform.ts'

export interface UnixSocketRow {
  /** Of the socket, not of its file. */
  readonly inode: string
  /** As it was given to bind(2). The zeros of an abstract name are shown as @, the first one too. */
  readonly path: string
  /** Neither a client's connection nor one that was accepted. */
  readonly isBound: boolean
}

/** SS_UNCONNECTED of linux/net.h: bound, whether it listens or not. */
const UNCONNECTED = '01'

/** Those that have a name; none where the system has no such file. */
export function unixSockets(): UnixSocketRow[] {
  return rowsOf(textOf('/proc/net/unix'))
}

export function rowsOf(table: string): UnixSocketRow[] {
  return table.split('\n').flatMap(line => {
    // Num RefCount Protocol Flags Type St Inode Path; a path may hold spaces.
    const [, state, inode, path] = /^\S+: \S+ \S+ \S+ \S+ (\S+) +(\d+) (.+)$/.exec(line) ?? []
    return inode === undefined || path === undefined ? [] : [{ inode, path, isBound: state === UNCONNECTED }]
  })
}

function textOf(file: string): string {
  if (!platform.procfs) return ''
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
