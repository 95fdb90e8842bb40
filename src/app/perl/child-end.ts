// How the life of a Perl child ends, and what the log says about it.
import { constants } from 'node:os'
import type { Log } from '../../log/log.ts'
import type { PerlChild } from './child.ts'
import type { WaitStatus, Zygote } from './zygote.ts'

/** What the pool does not know of a child. */
export interface Member {
  readonly zygote: Zygote
  /** Undefined before its handshake. */
  child: PerlChild | undefined
  /** It has been told to end for what it did, and the log says so. */
  isStopped: boolean
  /** Its line is closed. */
  isClosed: boolean
}

/** Completes "the Perl child 12 ...". */
export function describeStatus({ code, signal }: WaitStatus): string {
  if (signal === 0) return `exited with code ${code}`
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `signal ${signal}`
  return `was killed by ${name}`
}

/** With the request that it cost, if there was one. Says nothing about a child that left as it should; `wasStopped`: as it was told. */
export function logExit(child: PerlChild, status: WaitStatus, wasStopped: boolean, log: Log): void {
  const request = child.lost ?? child.exchange
  if (request !== undefined)
    log.error(`The Perl child ${child.pid} ${describeStatus(status)} on ${request.head.method} ${request.head.target}`)
  else if (!wasStopped && (status.code !== 0 || status.signal !== 0))
    log.warn(`The Perl child ${child.pid} ${describeStatus(status)}`)
}

/** That a child is killed because it has said nothing for `silentMs`. */
export function logUnresponsive({ pid, exchange }: PerlChild, silentMs: number, log: Log): void {
  const where = exchange === undefined ? 'after its answer' : `on ${exchange.head.method} ${exchange.head.target}`
  log.error(`The Perl child ${pid} has been silent for ${silentMs / 1000} s ${where}: it is killed`)
}

/** That a child whose time is over is killed. */
export function logKill({ child, isStopped, isClosed }: Member, log: Log): void {
  if (isStopped || child === undefined) return
  const late = isClosed
    ? 'its end (shutdown handlers, END blocks, destructors) takes too long'
    : 'it has not finished what it does in its time (--graceful-timeout)'
  log.error(`Killed the Perl child ${child.pid}: ${late}`)
}
