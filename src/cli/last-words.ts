// Why this process ends, for the Perl process that has started it (plackup -s Starlight): its user sees that one's words.
import { fstatSync, writeSync } from 'node:fs'
import { escapedLine } from '../app/perl/control-line.ts'
import { ConfigError } from '../config/errors.ts'
import { EXIT } from '../config/exit-codes.ts'

const FLAG = /^--zygote-fd=(\d+)$/

/** The line of the control channel that carries the message of an error. */
export function lastWords(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return `T ${escapedLine(text)}\n`
}

/** Writes it to the descriptor that `argv` names. Nothing without one, or once the channel has an owner, who tells by himself. */
export function tellPerl(argv: readonly string[], error: unknown): void {
  const fd = argv.map(argument => FLAG.exec(argument)?.[1]).find(number => number !== undefined)
  const isOwned = error instanceof ConfigError && (error.exitCode === EXIT.appLoad || error.exitCode === EXIT.failure)
  if (fd === undefined || isOwned) return
  try {
    if (fstatSync(Number(fd)).isSocket()) writeSync(Number(fd), lastWords(error))
  } catch {
    // Perl has gone.
  }
}
