// How the life of a Perl child ends, and what the log says about it.
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

const KILL_AFTER_MS = 5000

/** Asks a child to end, and has it killed when it does not. */
export function stop(member: RegisteredChild, now: number): void {
  member.counts = false
  member.killAt = now + KILL_AFTER_MS
  member.zygote.signal(member.pid, 'TERM')
}

/** Its line is closed: handlers, END blocks and destructors of the application run now, for `graceMs`, or some seconds, at most. */
export function mustEnd(member: RegisteredChild, graceMs: number, now: number): void {
  member.endsBy = now + Math.max(KILL_AFTER_MS, graceMs)
}

/** Kills a child whose time is over. */
export function kill(member: RegisteredChild, log: Log): void {
  if (member.killAt === Infinity)
    log.error(
      `Killed the Perl child ${member.pid}: its end (shutdown handlers, END blocks, destructors) takes too long`,
    )
  // Nothing more is said about it, whatever comes first.
  member.killAt = 0
  member.zygote.signal(member.pid, 'KILL')
}
