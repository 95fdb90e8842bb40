// --print-config: each option, its value and where it came from.

import type { Config } from '../config/config.ts'
import { addressText, type ListenAddress } from '../config/listen/address.ts'
import { type OptionTable, variableOf } from '../config/option.ts'
import type { Origins } from '../config/resolve.ts'
import { pairsOf } from '../server/tls-files.ts'

/** Lines `key = value   invocation` in the order of the table. Options that have no value are shown as unset. */
export function configText(config: Config, origins: Origins, table: OptionTable): string {
  const keys = keysOf(config, table)
  const keyWidth = Math.max(...keys.map(key => key.length))
  const rows = keys.map(
    key => [`${key.padEnd(keyWidth)} = ${valueText(config, key, table)}`, originOf(origins, key)] as const,
  )
  // Aligned as far as most lines reach; a long list must not push everything to the right.
  const width = Math.min(52, Math.max(...rows.map(([left]) => left.length)))
  return rows.map(([left, invocation]) => `${left.padEnd(width)}  ${invocation}\n`).join('')
}

/** The same for a program: `{ key: { value, from } }`. */
export function configJson(config: Config, origins: Origins, table: OptionTable): string {
  const entries = keysOf(config, table).map(key => {
    return [key, { value: config[key] ?? null, from: originOf(origins, key), variable: variableOf(rowOf(table, key)) }]
  })
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
}

type Key = keyof Config

function keysOf(config: Config, table: OptionTable): Key[] {
  const hidden = ['host', 'port', 'socket']
  const keys = Object.entries(table).filter(([key, row]) => !row.commandLineOnly && !hidden.includes(key))
  return keys.map(([key]) => key as keyof typeof config)
}

function originOf(origins: Origins, key: Key): string {
  return origins[key]
}

function rowOf(table: OptionTable, key: Key): OptionTable[string] {
  const row = table[key]
  if (row === undefined) throw new Error(`Cannot describe "${key}": it is not in the option table`)
  return row
}

function valueText(config: Config, key: Key, table: OptionTable): string {
  if (key === 'listen') return config.listen.map(describe).join(', ')
  const value = config[key]
  if (value === undefined) return '(unset)'
  if (typeof value === 'number') return rowOf(table, key).kind === 'octal' ? `0${value.toString(8)}` : String(value)
  return typeof value === 'boolean' ? String(value) : JSON.stringify(value)
}

function describe(address: ListenAddress): string {
  const notes = [
    ...(address.kind === 'unix' && address.mode !== undefined ? [`mode 0${address.mode.toString(8)}`] : []),
    ...(address.kind === 'unix' && address.owner !== undefined ? [`owner ${address.owner}`] : []),
    ...(address.kind === 'unix' && address.group !== undefined ? [`group ${address.group}`] : []),
    ...(address.kind === 'tcp' && address.ipv6Only ? ['IPv6 only'] : []),
    ...(address.tls
      ? [
          ...pairsOf(address.tls).map(({ certFile }) => `certificate ${certFile}`),
          ...(address.tls.directory === undefined ? [] : [`certificates in ${address.tls.directory}`]),
        ]
      : []),
  ]
  return notes.length === 0 ? addressText(address) : `${addressText(address)} (${notes.join(', ')})`
}
