// What the log says about the end of a Perl child.
import { constants } from 'node:os'
import type { Log } from '../../log/log.ts'
import type { PerlChild } from './child.ts'
import type { RegisteredChild } from './child-registry.ts'
import type { WaitStatus } from './zygote.ts'

/** Completes "the Perl child 12 ...". */
export function describeStatus({ code, signal }: WaitStatus): string {
  if (signal === 0) return `exited with code ${code}`
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `signal ${signal}`
  return `was killed by ${name}`
}

/** With the request that it cost, if there was one. Says nothing about a child that left as it should. */
export function logExit({ pid, child, killAt }: RegisteredChild, status: WaitStatus, log: Log): void {
  const request = child?.lost ?? child?.exchange
  if (request !== undefined)
    log.error(`The Perl child ${pid} ${describeStatus(status)} on ${request.head.method} ${request.head.target}`)
  else if (killAt === Infinity && (status.code !== 0 || status.signal !== 0) && child !== undefined)
    log.warn(`The Perl child ${pid} ${describeStatus(status)}`)
}

/** That a child is killed because it has said nothing for `silentMs`. */
export function logUnresponsive({ pid, exchange }: PerlChild, silentMs: number, log: Log): void {
  const where = exchange === undefined ? 'after its answer' : `on ${exchange.head.method} ${exchange.head.target}`
  log.error(`The Perl child ${pid} has been silent for ${silentMs / 1000} s ${where}: it is killed`)
}
