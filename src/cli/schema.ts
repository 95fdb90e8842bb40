// The JSON schema of a config file, for editors.

import { type Kind, type OptionRow, type OptionTable, variableOf } from '../config/option.ts'
import { OUTSIDE_FILE } from '../config/sources/file.ts'
import { NOTICE } from './notice.ts'
import { defaultText } from './row-text.ts'
import { paragraphs } from './text.ts'

type Schema = Readonly<Record<string, unknown>>

const NAME: Schema = { type: 'string', minLength: 1 }
const TYPES: { readonly [K in Kind]: (row: OptionRow) => Schema } = {
  boolean: () => ({ type: 'boolean' }),
  text: row => (row.mayBeEmpty ? { type: 'string' } : NAME),
  code: () => NAME,
  file: () => NAME,
  directory: () => NAME,
  choice: row => ({ enum: row.choices }),
  count: row => ({ type: 'integer', ...bounds(row) }),
  port: () => ({ type: 'integer', minimum: 0, maximum: 65535 }),
  seconds: () => ({ type: ['number', 'string'], minimum: 0, pattern: '^\\d+(\\.\\d+)?(ms|s|m|h)?$' }),
  bytes: row => ({
    type: ['integer', 'string'],
    ...bounds(row),
    pattern: `^\\d+([kKmMgG]([iI]?[bB])?)?$${zeroPattern(row)}`,
  }),
  octal: () => ({ type: 'string', pattern: '^(0o)?[0-7]{1,4}$' }),
  'verify-mode': () => ({ enum: [0, 1, 3] }),
}

/** docs/starlight.config.schema.json (draft-07, what editors understand). */
export function configSchema(table: OptionTable): string {
  const rows = Object.entries(table).filter(([key, row]) => !OUTSIDE_FILE.has(key) && !row.commandLineOnly)
  const properties = {
    $schema: { type: 'string' },
    ...Object.fromEntries(rows.map(([key, row]) => [key, property(row)])),
  }
  const schema = {
    $comment: NOTICE,
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of Starlight',
    type: 'object',
    additionalProperties: false,
    properties,
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

function property(row: OptionRow): Schema {
  const item = TYPES[row.kind](row)
  const ways = [
    item,
    ...(row.repeatable ? [{ type: 'array', items: item }] : []),
    ...(row.bare ? [{ const: true }] : []),
  ]
  const type = ways.length > 1 ? { anyOf: ways } : item
  const fallback = row.computed === undefined ? row.default : undefined
  const computed = row.computed === undefined ? '' : ` Default: ${defaultText(row)}.`
  const description = `${row.summary}. ${paragraphs(row.description).join(' ')}${computed} Environment: ${variableOf(row)}`
  return { ...type, ...(fallback !== undefined && { default: fallback }), description }
}

function bounds({ min = 0, max }: OptionRow): Schema {
  return { minimum: min, ...(max !== undefined && { maximum: max }) }
}

function zeroPattern(row: OptionRow): string {
  return (row.zeroWords ?? []).map(word => `|^${word}$`).join('')
}
