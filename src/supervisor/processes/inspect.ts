// The inspector of workers, for debuggers and profilers: a port each, counted up as node:cluster does.
import { url as openedInspector } from 'node:inspector'
import type { Config } from '../../config/config.ts'
import { hostWithPort } from '../../config/listen/address.ts'
import { parseListenAddress } from '../../config/listen/listen-address.ts'

/**
 * What Node is given beside the arguments of the master. With --inspect the worker that is started as number `id` listens on the
 * given port plus `id` (port 0: one that the system chooses), with --inspect-worker=N only those in the Nth place of the pool. A
 * master that is inspected itself (`node --inspect`, NODE_OPTIONS) would leave its own port to every worker, which is taken.
 */
export function inspectArguments(
  { inspect, inspectWorker }: Pick<Config, 'inspect' | 'inspectWorker'>,
  slot: number,
  id: number,
  masterPort: number | undefined = openedInspector() === undefined ? undefined : process.debugPort,
): string[] {
  if (inspect === undefined) return masterPort === undefined ? [] : [`--inspect-port=${masterPort + id}`]
  const address = parseListenAddress(inspect, '--inspect')
  if (address.kind !== 'tcp' || (inspectWorker > 0 && inspectWorker !== slot + 1)) return []
  const { host = '127.0.0.1', port } = address
  return [`--inspect=${hostWithPort(host, port === 0 ? 0 : port + id)}`]
}
