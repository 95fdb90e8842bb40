// What an authority is to be answered while it has names proved (RFC 8555 8): files in a directory that the master writes and all workers
// read, those of other machines as well, because nobody knows whom the authority will ask.
import { join } from 'node:path'

/** Where the answer to http-01 lies; undefined for what is no token. */
export function tokenFile(folder: string, token: string): string | undefined {
  return /^[\w-]{1,200}$/.test(token) ? join(folder, `http-${token}`) : undefined
}

/** Where the certificate for tls-alpn-01 lies, behind its key; PEM. */
export function alpnFile(folder: string, name: string): string {
  return join(folder, `alpn-${name}.pem`)
}
