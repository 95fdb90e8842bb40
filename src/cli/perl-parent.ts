// The Perl process that has started this one (plackup -s Starlight): it hears when requests are answered and why this process ends, and its
// own end is this one's.
import { fstatSync, writeSync } from 'node:fs'
import { reasonLine, SERVING_LINE } from '../app/perl/control-line.ts'
import { watchPerl } from '../app/perl/process.ts'
import type { Config } from '../config/config.ts'
import { ConfigError } from '../config/errors.ts'
import { EXIT } from '../config/exit-codes.ts'
import { reasonOf } from '../config/thrown.ts'

const FLAG = /^--zygote-fd=(\d+)$/
/** With it the descriptor is this process's for its whole life; without it the pool of children takes it over. */
const SOCKET_FLAG = /^--zygote-socket=/

/** The line of the control channel that carries the message of an error. */
export function lastWords(error: unknown): string {
  return `${reasonLine(reasonOf(error))}\n`
}

/** Writes it to the descriptor that `argv` names. Nothing without one, or once the channel has an owner, who tells by himself. */
export function tellPerl(argv: readonly string[], error: unknown): void {
  const fd = argv.map(argument => FLAG.exec(argument)?.[1]).find(number => number !== undefined)
  const isOfPool = !argv.some(argument => SOCKET_FLAG.test(argument))
  const isOwned = error instanceof ConfigError && (error.exitCode === EXIT.appLoad || error.exitCode === EXIT.failure)
  if (fd === undefined || (isOfPool && isOwned)) return
  write(Number(fd), lastWords(error))
}

/** What the supervisor calls for a Perl parent; nothing without one. */
export function perlParent(
  { zygoteFd, zygoteSocket }: Config,
  argv: readonly string[],
): { onError?: (error: ConfigError) => void; onServing?: () => void } {
  if (zygoteFd === undefined) return {}
  const onError = (error: ConfigError): void => tellPerl(argv, error)
  if (zygoteSocket === undefined) return { onError }
  watchPerl(zygoteFd, () => process.kill(process.pid, 'SIGTERM'))
  return { onError, onServing: () => write(zygoteFd, `${SERVING_LINE}\n`) }
}

function write(fd: number, line: string): void {
  try {
    if (fstatSync(fd).isSocket()) writeSync(fd, line)
  } catch {
    // Perl has gone.
  }
}
