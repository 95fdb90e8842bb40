// How many connections wait in the kernel to be accepted. Linux tells it in proc(5); elsewhere, and for Unix sockets, it is unknown.
import { readFileSync } from 'node:fs'
import { platform } from '../../platform.ts'
import type { BoundListener } from './bind.ts'

export interface QueueDepth {
  /** URL of the listener. */
  readonly listener: string
  readonly depth: number
}

const LISTEN = '0A'

export function acceptQueues(
  listeners: readonly BoundListener[],
  read: (file: string) => string = readProc,
): QueueDepth[] {
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(file => read(file).split('\n').slice(1))
  const sockets = rows.map(row => row.trim().split(/\s+/)).filter(columns => columns[3] === LISTEN)
  return listeners.flatMap(({ address, url }) => {
    if (address.kind !== 'tcp') return []
    // local_address is HEX:PORT; the receive queue of a listening socket is the number of connections that wait.
    const port = address.port.toString(16).toUpperCase().padStart(4, '0')
    const own = sockets.filter(([, local = '']) => local.endsWith(`:${port}`))
    const depth = own.reduce((total, columns) => total + Number.parseInt(columns[4]?.split(':')[1] ?? '0', 16), 0)
    return own.length === 0 ? [] : [{ listener: url, depth }]
  })
}

function readProc(file: string): string {
  if (!platform.procfs) return ''
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
