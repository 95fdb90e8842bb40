// Why a bind failed, in words for the operator. Pure.
import { addressText, hostWithPort, type ListenAddress } from '../../config/listen/address.ts'
import { reasonOf } from '../../config/thrown.ts'

/** `0.0.0.0:80`, `*:5000`, `[::1]:5000`, `unix:/run/app.sock`, `unix:@name`. */
export function showAddress(address: ListenAddress): string {
  return address.kind === 'tcp' ? hostWithPort(address.host ?? '*', address.port) : addressText(address)
}

/** What follows `Cannot listen on "...": `. `code` is the system's error name. */
export function describeBindError(address: ListenAddress, code: string, error: unknown): string {
  switch (code) {
    case 'EADDRINUSE':
      return address.kind === 'tcp'
        ? 'the port is in use, stop the other server or choose another port'
        : 'the address is in use, stop the other server or choose another path'
    case 'EACCES':
      return describeDenial(address)
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address, use one of its own or 0.0.0.0'
    case 'EAFNOSUPPORT':
      return 'this machine has no IPv6, use an IPv4 address or --ipv6=0'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name has no address, use one that resolves'
    case 'ENOENT':
      return 'the directory does not exist, create it first'
    case 'ENAMETOOLONG':
    case 'EINVAL':
      return 'the system does not take the address, a socket path may have about 100 bytes'
    default:
      return reasonOf(error)
  }
}

function describeDenial(address: ListenAddress): string {
  if (address.kind === 'tcp' && address.port > 0 && address.port < 1024)
    return 'permission denied, ports below 1024 need root or CAP_NET_BIND_SERVICE'
  if (address.kind === 'unix') return 'permission denied, the directory must exist and be writable for this user'
  return 'permission denied, choose an address that this user may use'
}
