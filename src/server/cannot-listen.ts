// Why a server could not listen, for the operator.
import { ConfigError } from '../config/errors.ts'
import { EXIT } from '../config/exit-codes.ts'
import type { ListenAddress } from '../config/listen/address.ts'

export function pathOf(address: ListenAddress): string {
  if (address.kind === 'unix') return address.path
  return address.kind === 'abstract' ? `@${address.name}` : ''
}

const REASONS: Record<string, string> = {
  EADDRINUSE: 'the address is in use by another server',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host name is unknown',
}

export function cannotListen(address: ListenAddress, error: NodeJS.ErrnoException): ConfigError {
  const where = address.kind === 'tcp' ? `${address.host ?? '*'}:${address.port}` : pathOf(address)
  return new ConfigError(`Cannot listen on "${where}": ${REASONS[error.code ?? ''] ?? error.message}`, EXIT.bind, {
    cause: error,
  })
}
