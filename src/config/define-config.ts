// What a config file may hold, as a type: for `export default defineConfig({ ... })`.
import type { KindValues, OptionRow } from './option.ts'
import type { OPTIONS } from './options.ts'

type Rows = typeof OPTIONS

type FileKeys = {
  [K in keyof Rows]: K extends 'config' | 'chdir' ? never : Rows[K] extends { commandLineOnly: true } ? never : K
}[keyof Rows]

/** Sizes and durations may carry a unit (`'64k'`, `'5m'`); octal numbers are texts, because JSON has none. */
type FileScalar<Row extends OptionRow> = Row extends { kind: 'choice'; choices: readonly (infer C)[] }
  ? C
  : Row['kind'] extends 'seconds' | 'bytes' | 'count' | 'port' | 'verify-mode'
    ? number | string
    : Row['kind'] extends 'boolean'
      ? boolean
      : Row['kind'] extends 'octal'
        ? string
        : KindValues[Row['kind']]

/** `true` is the option without a value. */
type FileValue<Row extends OptionRow> =
  | (Row extends { repeatable: true } ? FileScalar<Row> | readonly FileScalar<Row>[] : FileScalar<Row>)
  | (Row extends { bare: string } ? true : never)

/** The object of `starlight.config.ts`, `.js` or `.json`: every option by the camelCase of its long name, none required. */
export type UserConfig = { readonly [K in FileKeys]?: FileValue<Rows[K]> | undefined }

/** Gives the object back. Its worth is the type: a misspelt key or a wrong value shows in the editor. */
export function defineConfig(config: UserConfig): UserConfig {
  return config
}
