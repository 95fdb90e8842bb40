// One entry of the server's log as text. An entry starts in column one with its time and is one line; the stack of its
// cause follows indented, so nothing that an error message contains can look like an entry.
import { inspect } from 'node:util'
import { asciiJson, escapedText } from './escape.ts'
import type { LogFormat, LogLevel } from './log.ts'

export interface Entry {
  readonly level: LogLevel
  readonly message: string
  readonly cause?: unknown
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly pid: number
}

/** Causes of causes that are shown; a longer chain is a loop in disguise. */
const DEEPEST_CAUSE = 8

/** `2026-11-23T20:37:07.123Z [4711] error: message`, then the cause. Ends with a newline. Never throws. */
export function entryText({ level, message, cause, at, pid }: Entry): string {
  const head = `${new Date(at).toISOString()} [${pid}] ${level}: ${escapedText(message)}`
  if (cause === undefined) return `${head}\n`
  if (level !== 'error') return `${head}: ${escapedText(messageOf(cause))}\n`
  return `${head}\n${indented(stackText(cause))}\n`
}

/** One entry in each format; every one ends with a newline, and none throws. */
export const ENTRY_TEXTS: Readonly<Record<LogFormat, (entry: Entry) => string>> = {
  text: entryText,
  json: entryJson,
  journal: entryForJournal,
}

/** One object on one line; `error` has the stack. */
function entryJson({ level, message, cause, at, pid }: Entry): string {
  const more = cause === undefined ? {} : { error: level === 'error' ? stackText(cause) : messageOf(cause) }
  return `${asciiJson({ time: new Date(at).toISOString(), level, pid, message, ...more })}\n`
}

/** Priorities of syslog(3), as sd-daemon(3) writes them. */
const PRIORITIES: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, warn: 4, error: 3 }

/** The journal has the time itself, and makes an entry of each line. */
function entryForJournal(entry: Entry): string {
  const lines = entryText(entry).trimEnd().split('\n')
  const prefix = `<${PRIORITIES[entry.level]}>`
  return lines.map((line, i) => `${prefix}${i === 0 ? line.slice(line.indexOf(' ') + 1) : line}\n`).join('')
}

/** A warning says what happened; its stack would only frighten. */
function messageOf(cause: unknown): string {
  return guarded(() => (cause instanceof Error ? cause.message || cause.name : shown(cause)))
}

function stackText(cause: unknown, seen: readonly unknown[] = []): string {
  const own = guarded(() => (cause instanceof Error ? String(cause.stack ?? cause) : shown(cause)))
  if (!(cause instanceof Error) || seen.length === DEEPEST_CAUSE) return own
  const inner = innerCauses(cause).filter(error => error !== cause && !seen.includes(error))
  return [own, ...inner.map(error => `caused by: ${stackText(error, [...seen, cause])}`)].join('\n')
}

/** What an error was caused by: its `cause`, and all of an AggregateError. */
function innerCauses(error: Error): unknown[] {
  try {
    const causes = error.cause === undefined ? [] : [error.cause]
    return error instanceof AggregateError ? [...causes, ...error.errors.slice(0, DEEPEST_CAUSE)] : causes
  } catch {
    return [] // getters that throw
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { depth: 3, breakLength: Number.POSITIVE_INFINITY })
}

/** An application may throw anything, with getters that throw again. */
function guarded(make: () => string): string {
  try {
    return make()
  } catch {
    return '(a value that cannot be shown)'
  }
}

function indented(text: string): string {
  return text
    .split('\n')
    .map(line => `    ${escapedText(line.trimEnd())}`)
    .join('\n')
}
