// Where the programs lie that a master or a worker starts: each in its room, and in the package all in one folder.
import { fileURLToPath } from 'node:url'

const PROGRAMS = {
  'start-worker': '../worker/start-worker',
  thread: '../worker/thread',
  'watchdog-thread': '../worker/watchdog-thread',
  daemon: '../master/daemon',
  'tls-reader': '../tls/tls-reader',
}

/** Path of a program: .ts when run from source by a Node that strips types, .js otherwise. */
export function programPath(name: keyof typeof PROGRAMS): string {
  const here = import.meta.url
  const isBundled = /\/bundle\/[^/]+$/.test(here)
  const extension = here.endsWith('.ts') ? '.ts' : '.js'
  return fileURLToPath(new URL(`${isBundled ? `./${name}` : PROGRAMS[name]}${extension}`, here))
}
