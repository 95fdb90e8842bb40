// The object of a config file -> values.

import { ConfigError } from '../errors.ts'
import { keyOf, type OptionRow, type OptionTable } from '../option.ts'
import { suggestName } from '../suggest.ts'
import { parseValue } from '../values.ts'
import type { Given, Layer } from './layer.ts'

/** Names that are looked for in the working directory, in this order. */
export const CONFIG_FILES: readonly string[] = ['ts', 'mts', 'js', 'mjs', 'json'].map(
  ending => `starlight.config.${ending}`,
)

/** They say where the file is. */
export const OUTSIDE_FILE: ReadonlySet<string> = new Set(['config', 'chdir'])

/** What the object says. `file` is its name in messages. Throws a ConfigError for an unknown key or a bad value. */
export function parseFileObject(object: unknown, file: string, table: OptionTable): Layer {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    throw new ConfigError(
      `Cannot use "${file}": it gives ${nameOf(object)}, an object of options as its default export is needed`,
    )
  }
  const names = namesOf(table)
  const values = new Map<string, Given>()
  for (const [name, value] of Object.entries(object)) {
    if (name === '$schema' || value === undefined) continue
    const key = names.get(name)
    const row = key === undefined ? undefined : table[key]
    if (key === undefined || row === undefined) throw unknownKey(name, file, [...names.keys()])
    values.set(key, { value: valueFrom(row, value, `"${name}" in ${file}`), from: file })
  }
  return values
}

/** Keys are the camelCase of the long names and of their aliases. */
function namesOf(table: OptionTable): Map<string, string> {
  const inFile = Object.entries(table).filter(([key, row]) => !OUTSIDE_FILE.has(key) && !row.commandLineOnly)
  return new Map(
    inFile.flatMap(([key, row]) => [row.flag, ...(row.aliases ?? [])].map(name => [keyOf(name), key] as const)),
  )
}

function valueFrom(row: OptionRow, value: unknown, where: string): unknown {
  // As the option without a value on the command line.
  if (value === true && row.bare !== undefined)
    return valueFrom(row, row.separator === undefined ? row.bare : row.bare.split(row.separator), where)
  if (!row.repeatable) return scalarOf(row, value, where)
  return (Array.isArray(value) ? value : [value]).map(each => scalarOf(row, each, where))
}

/**
 * Numbers and texts are read by the same rules as on the command line. Octal ones must be texts: JSON has no octal
 * numbers, so that 660 would silently be 01224.
 */
function scalarOf(row: OptionRow, value: unknown, where: string): unknown {
  const isNumeric = row.kind !== 'octal' && row.kind !== 'boolean'
  if (typeof value === 'string' || (typeof value === 'number' && isNumeric))
    return parseValue(row, String(value), where)
  if (typeof value === 'boolean' && row.kind === 'boolean') return value
  throw new ConfigError(`Cannot use ${nameOf(value)} for ${where}: ${neededType(row)} is needed`)
}

function neededType(row: OptionRow): string {
  if (row.kind === 'boolean') return 'true or false'
  return row.kind === 'octal' ? 'a text such as "0660"' : 'a text or a number'
}

/** In words of JSON and TOML; what an application gave has others (app/shared/describe-value.ts). */
function nameOf(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function unknownKey(name: string, file: string, known: readonly string[]): ConfigError {
  const nearest = suggestName(keyOf(name), known)
  const hint = nearest === undefined ? 'docs/options.md lists them all' : `the nearest is "${nearest}"`
  return new ConfigError(`Cannot use "${name}" in ${file}: there is no such key, ${hint}`)
}
