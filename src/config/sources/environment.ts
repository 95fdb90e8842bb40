// Environment variables -> values.

import { ConfigError } from '../errors.ts'
import { type OptionRow, type OptionTable, variableOf } from '../option.ts'
import { suggestName } from '../suggest.ts'
import { parseValue } from '../values.ts'
import type { Given, Layer } from './layer.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The variables under the names that are asked for: where case has no meaning (Windows), in upper case. */
export function namedVariables(env: Environment, isCaseSensitive: boolean): Environment {
  if (isCaseSensitive) return { ...env }
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name.toUpperCase(), value]))
}

/** What the STARLIGHT_ variables say. An empty variable says nothing, except where the empty text is a value. */
export function parseEnvironment(env: Environment, table: OptionTable): Layer {
  const values = new Map<string, Given>()
  for (const [key, row] of Object.entries(table)) {
    const name = variableOf(row)
    const text = env[name]
    if (row.commandLineOnly || text === undefined || (text === '' && !row.mayBeEmpty)) continue
    // Kubernetes gives each container STARLIGHT_PORT=tcp://... when a service is called "starlight".
    if (row.kind === 'port' && /^(tcp|udp|sctp):\/\//.test(text)) continue
    values.set(key, { value: parseVariable(row, text, name), from: name })
  }
  return values
}

/** What variables of others say, by the name that `pick` finds in a row: PLACK_ENV, PORT. */
export function parseForeignVariables(
  env: Environment,
  table: OptionTable,
  pick: (row: OptionRow) => string | undefined,
): Layer {
  const values = new Map<string, Given>()
  for (const [key, row] of Object.entries(table)) {
    const name = pick(row)
    const text = name === undefined ? undefined : env[name]
    if (name !== undefined && text) values.set(key, { value: parseValue(row, text, name), from: name })
  }
  return values
}

/** Ours, but no options: they choose the transport, the Node of plackup, hand sockets to a new master, and tell an application its worker. */
const NO_OPTIONS: readonly string[] = [
  'STARLIGHT_TRANSPORT',
  'STARLIGHT_NODE',
  'STARLIGHT_HANDOVER',
  'STARLIGHT_WORKER',
]

/** One sentence for each STARLIGHT_ variable that is near the name of an option but is none. */
export function suspiciousVariables(env: Environment, table: OptionTable): string[] {
  const known = Object.values(table).map(variableOf)
  const ours = [...known, ...NO_OPTIONS]
  const foreign = Object.keys(env).filter(name => name.startsWith('STARLIGHT_') && !ours.includes(name))
  return foreign.flatMap(name => {
    const nearest = suggestName(name, known)
    return nearest === undefined ? [] : [`${name} is no option and is ignored, the nearest is ${nearest}`]
  })
}

function parseVariable(row: OptionRow, text: string, name: string): unknown {
  return row.repeatable ? listOf(text, name).map(each => parseValue(row, each, name)) : parseValue(row, text, name)
}

/** Items are separated by commas; a JSON array holds items that contain one. */
function listOf(text: string, name: string): string[] {
  if (!text.startsWith('["')) return text.split(',').map(item => item.trim())
  try {
    const list: unknown = JSON.parse(text)
    if (Array.isArray(list)) return list.map(String)
  } catch {
    // the sentence below says what is needed
  }
  throw new ConfigError(
    `Cannot use ${JSON.stringify(text)} for ${name}: items between commas or a JSON array are needed`,
  )
}
