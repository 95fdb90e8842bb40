// How many descriptors the processes of a server may have, and what that means for its connections.
import type { Config } from '../config/config.ts'
import type { Log } from '../log/log.ts'
import { descriptorLimit, firstReserved } from '../server/descriptors.ts'
import { askSystem } from './run-command.ts'

/** RLIMIT_NOFILE of this process; Infinity when nobody knows. Node raises the soft limit to the hard one when it starts. */
export function ownDescriptorLimit(): number {
  return descriptorLimit(() => askSystem('/bin/sh', ['-c', 'ulimit -n']))
}

/** Says when --max-connections can never be reached. */
export function tellDescriptorLimit({ maxConnections }: Config, log: Log, limit: number = ownDescriptorLimit()): void {
  const most = firstReserved(limit)
  if (limit === Infinity || (maxConnections > 0 && maxConnections <= most)) return
  const message = `A process may have ${limit} file descriptors, and stops accepting when ${most} are in use`
  if (maxConnections === 0) log.info(message)
  else
    log.warn(
      `--max-connections=${maxConnections} cannot be reached: ${message}; raise the limit (ulimit -n, LimitNOFILE=)`,
    )
}
