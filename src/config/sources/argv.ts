// Arguments -> values. Order-free like Getopt::Long, with the ancestor's spellings and without its two traps: no option
// takes an argument that it does not need, and an unknown option is an error.

import { ConfigError } from '../errors.ts'
import type { OptionRow, OptionTable } from '../option.ts'
import { suggestName } from '../suggest.ts'
import { parseValue } from '../values.ts'
import type { Given, Layer } from './layer.ts'

export interface ParsedArguments {
  readonly values: Layer
  /** Arguments that are no options, in order. */
  readonly bare: readonly string[]
}

interface Named {
  readonly key: string
  readonly row: OptionRow
}

/** An option as it was spelled: `written` is the part before `=`. */
interface Spelled {
  readonly written: string
  readonly text: string | undefined
}

/** Reads all arguments. Throws a ConfigError for the first that it cannot understand. */
export function parseArguments(argv: readonly string[], table: OptionTable): ParsedArguments {
  const reader = new ArgumentReader(argv, table)
  reader.readAll()
  return { values: reader.values, bare: reader.bare }
}

class ArgumentReader {
  readonly values = new Map<string, Given>()
  readonly bare: string[] = []
  readonly #rest: string[]
  readonly #longs = new Map<string, Named>()
  readonly #shorts = new Map<string, Named>()

  constructor(argv: readonly string[], table: OptionTable) {
    this.#rest = [...argv]
    for (const [key, row] of Object.entries(table)) {
      for (const name of [row.flag, ...(row.aliases ?? [])]) this.#longs.set(name, { key, row })
      if (row.short !== undefined) this.#shorts.set(row.short, { key, row })
    }
  }

  readAll(): void {
    for (let argument = this.#rest.shift(); argument !== undefined; argument = this.#rest.shift()) {
      if (argument === '--') {
        this.bare.push(...this.#rest.splice(0))
      } else if (argument.startsWith('-') && argument.length > 1) {
        this.#readOption(argument)
      } else {
        this.bare.push(argument)
      }
    }
  }

  #readOption(argument: string): void {
    const spelled = split(argument)
    const name = spelled.written.replace(/^--?/, '')
    const long = this.#longs.get(name)
    if (long) this.#give(long, spelled)
    else if (argument.startsWith('--')) this.#readSwitch(name, spelled)
    else this.#readShort(name, argument, spelled)
  }

  #readShort(name: string, argument: string, spelled: Spelled): void {
    // plackup splits these three off before anything else: -Ilib -MFoo -e'code'. Code may hold a "=".
    const [, letter = '', text] = /^-([IMe])=?(.+)$/s.exec(argument) ?? []
    const cuddled = this.#shorts.get(letter)
    const short = cuddled ?? this.#shorts.get(name)
    if (!short) throw this.#unknown(spelled.written)
    this.#give(short, cuddled ? { written: `-${letter}`, text } : spelled)
  }

  /** `--no-x`, `--enable-x` and `--disable-x` of flags. */
  #readSwitch(name: string, spelled: Spelled): void {
    const [, word, flag = ''] = /^(no|enable|disable)-(.+)$/.exec(name) ?? []
    const named = this.#longs.get(flag)
    if (word === undefined || named?.row.kind !== 'boolean') throw this.#unknown(spelled.written)
    if (spelled.text !== undefined) {
      throw new ConfigError(
        `Cannot use ${spelled.written}=${spelled.text}: it takes no value, --${flag}=1 or --${flag}=0 is needed`,
      )
    }
    this.values.set(named.key, { value: word === 'enable', from: spelled.written })
  }

  #give({ key, row }: Named, spelled: Spelled): void {
    const from = spelled.written
    const text = spelled.text ?? this.#takeText(row, from)
    const texts = row.separator === undefined ? [text] : text.split(row.separator)
    const values = texts.map(each => parseValue(row, each, from))
    const earlier = this.values.get(key)?.value
    const value = row.repeatable ? [...(Array.isArray(earlier) ? earlier : []), ...values] : values[0]
    this.values.set(key, { value, from })
  }

  #takeText(row: OptionRow, from: string): string {
    const next = this.#rest[0]
    if (row.kind === 'boolean') {
      // The ancestor wants `-q 1` and `--ssl 1`. A bare 0 or 1 is no application, so both spellings work.
      return next === '0' || next === '1' ? (this.#rest.shift() ?? '1') : '1'
    }
    if (row.bare !== undefined) return row.bare
    if (next === undefined || (next.startsWith('-') && next.length > 1)) {
      const example = from.startsWith('--') ? `${from}=${row.value}` : `${from} ${row.value}`
      throw new ConfigError(`Cannot use ${from} without a value: ${example} is needed`)
    }
    this.#rest.shift()
    return next
  }

  #unknown(written: string): ConfigError {
    const letters = [...written.slice(1)]
    const first = this.#shorts.get(letters[0] ?? '')
    if (!written.startsWith('--') && first && letters.length > 1) {
      if (letters.every(letter => this.#shorts.get(letter)?.row.kind === 'boolean')) {
        return new ConfigError(
          `Cannot use ${written}: letters are not joined, ${letters.map(l => `-${l}`).join(' ')} is needed`,
        )
      }
      if (first.row.kind !== 'boolean' && /^\d+$/.test(written.slice(2))) {
        return new ConfigError(
          `Cannot use ${written}: the value stands apart, -${letters[0]} ${written.slice(2)} is needed`,
        )
      }
    }
    return new ConfigError(`Cannot use ${written}: there is no such option, ${this.#hint(written.replace(/^--?/, ''))}`)
  }

  #hint(name: string): string {
    const [, prefix = '', flag = name] = /^((?:no|enable|disable)-)(.+)$/.exec(name) ?? []
    const flags = [...this.#longs]
      .filter(([, { row }]) => prefix === '' || row.kind === 'boolean')
      .map(([long]) => long)
    const nearest = suggestName(flag, flags)
    return nearest === undefined ? 'starlight --help lists them all' : `the nearest is --${prefix}${nearest}`
  }
}

function split(argument: string): Spelled {
  const at = argument.indexOf('=')
  return at < 0
    ? { written: argument, text: undefined }
    : { written: argument.slice(0, at), text: argument.slice(at + 1) }
}
