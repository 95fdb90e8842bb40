// How the text of an option becomes its value. Pure; `undefined` means that the text is not of that kind.
import { ConfigError } from './errors.ts'
import type { Kind, KindValues, OptionRow } from './option.ts'

interface KindReader<T> {
  read(text: string, row: OptionRow): T | undefined
  /** What is needed, as the sentence about a bad value says it. */
  needs(row: OptionRow): string
}

/** Timers hold 2^31 - 1 milliseconds; a longer one would fire at once. */
const MAX_SECONDS = 2_147_483
const SECONDS_PER: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 }
const BYTES_PER: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 'true', 'yes', 'on'].map(word => [word, true] as const),
  ...['0', 'false', 'no', 'off'].map(word => [word, false] as const),
])
/** SSL_verify_mode adds 4 for "ask once"; renegotiation is gone, so it changes nothing. */
const VERIFY_MODES: ReadonlyMap<string, number> = new Map([
  ...['0', 'none'].map(word => [word, 0] as const),
  ...['1', '5', 'ask'].map(word => [word, 1] as const),
  ...['3', '7', 'require'].map(word => [word, 3] as const),
])

const KINDS: { readonly [K in Kind]: KindReader<KindValues[K]> } = {
  boolean: { read: text => BOOLEANS.get(text.toLowerCase()), needs: () => '1 or 0 is needed' },
  text: { read: plainText, needs: textNeeds },
  code: {
    read: (text, row) => (text.trim() === '' && !row.mayBeEmpty ? undefined : text),
    needs: () => 'an expression is needed',
  },
  file: { read: plainText, needs: () => 'the name of a file is needed' },
  directory: { read: plainText, needs: () => 'the name of a directory is needed' },
  choice: {
    read: (text, row) => (row.choices?.includes(text) ? text : undefined),
    needs: row => `${inWords(row.choices ?? [], 'or')} is needed`,
  },
  count: { read: readCount, needs: row => `a whole number${rangeOf(row)} is needed` },
  port: {
    read: text => within(/^\d{1,5}$/.test(text) ? Number(text) : undefined, 0, 65535),
    needs: () => 'a port from 0 to 65535 is needed',
  },
  seconds: {
    read: readSeconds,
    needs: () => `seconds such as 30, 0.5, 500ms, 5m or 1h are needed, ${MAX_SECONDS} at most`,
  },
  bytes: { read: readBytes, needs: row => `a number of bytes such as 65536, 64k or 1m${rangeOf(row)} is needed` },
  octal: {
    read: text => (/^(0o)?[0-7]{1,4}$/.test(text) ? Number.parseInt(text.replace('0o', ''), 8) : undefined),
    needs: () => 'an octal number such as 0660 is needed',
  },
  'verify-mode': {
    read: text => VERIFY_MODES.get(text),
    needs: () => '0 (none), 1 (ask) or 3 (ask and require) is needed',
  },
}

/** The value of `text` for an option. `where` is what the operator wrote it into: `--port`, `STARLIGHT_PORT`. Throws a ConfigError. */
export function parseValue(row: OptionRow, text: string, where: string): unknown {
  const kind = KINDS[row.kind]
  const value = row.zeroWords?.includes(text.toLowerCase()) ? 0 : kind.read(text, row)
  if (value === undefined) throw new ConfigError(`Cannot use ${JSON.stringify(text)} for ${where}: ${kind.needs(row)}`)
  return value
}

/** `a, b or c` */
export function inWords(words: readonly string[], conjunction: string): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`
}

/** Line breaks would forge log lines and header fields. NUL may lead, as in an abstract socket, but C would end a path at any other. */
function plainText(text: string, row: OptionRow): string | undefined {
  if (/[\r\n]|(?!^)\0/.test(text)) return undefined
  return text === '' && row.mayBeEmpty === undefined ? undefined : text
}

function textNeeds(row: OptionRow): string {
  return row.mayBeEmpty
    ? 'a text without line breaks is needed'
    : 'a text that is not empty and has no line breaks is needed'
}

function readCount(text: string, row: OptionRow): number | undefined {
  return within(/^\d+$/.test(text) ? Number(text) : undefined, row.min, row.max)
}

function readSeconds(text: string): number | undefined {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? []
  if (number === undefined) return undefined
  // Rounded to the millisecond: 100ms is 0.1 and not 0.1000000000000001.
  return within(Math.round(Number(number) * (SECONDS_PER[unit] ?? 1) * 1000) / 1000, 0, MAX_SECONDS)
}

function readBytes(text: string, row: OptionRow): number | undefined {
  const [, number, unit = ''] = /^(\d+)(?:([kmg])(?:i?b)?)?$/i.exec(text) ?? []
  return number === undefined
    ? undefined
    : within(Number(number) * (BYTES_PER[unit.toLowerCase()] ?? 1), row.min, row.max)
}

function within(number: number | undefined, min = 0, max: number = Number.MAX_SAFE_INTEGER): number | undefined {
  return number !== undefined && number >= min && number <= max ? number : undefined
}

function rangeOf({ min, max }: OptionRow): string {
  if (max !== undefined) return ` from ${min ?? 0} to ${max}`
  return min === undefined ? '' : ` from ${min}`
}
