// What a row of the option table may say. Rows are plain data: the parser, the help, the man page, the completions, the
// schema and the Config type are all read from them.

/** Headings of the help, in its order. */
export const GROUPS = [
  'Application',
  'Listening',
  'TLS',
  'Files',
  'Workers',
  'Perl',
  'Timeouts',
  'Limits',
  'Process',
  'Logs',
  'Development',
  'Command',
  'Fetch',
] as const

export type Group = (typeof GROUPS)[number]

/** The value that each kind of option gives to Config. How a kind is read stands in values.ts. */
export interface KindValues {
  readonly boolean: boolean
  readonly text: string
  readonly code: string
  readonly file: string
  readonly directory: string
  readonly choice: string
  /** A whole number from 0. */
  readonly count: number
  /** 0 to 65535; 0 lets the system choose. */
  readonly port: number
  /** Fractions are allowed; 0 means no limit. */
  readonly seconds: number
  readonly bytes: number
  readonly octal: number
  /** 0 none, 1 ask, 3 ask and require: SSL_verify_mode of IO::Socket::SSL. */
  readonly 'verify-mode': number
}

export type Kind = keyof KindValues

export interface OptionRow {
  /** Long name without dashes. Its camelCase is the key. */
  readonly flag: string
  readonly short?: string
  /** Other long names with the same meaning. */
  readonly aliases?: readonly string[]
  readonly group: Group
  readonly kind: Kind
  /** What the help calls the value; every kind but `boolean` has one. */
  readonly value?: string
  readonly choices?: readonly string[]
  /** May be given again; each adds to the list. */
  readonly repeatable?: true
  /** The text is a list: split at this. */
  readonly separator?: string
  /** Value of the option when it is given without one. */
  readonly bare?: string
  readonly default?: unknown
  /** In words: what is chosen at start when nothing is given. */
  readonly computed?: string
  /** Smallest and largest value of a number. */
  readonly min?: number
  readonly max?: number
  /** The empty text is a value. */
  readonly mayBeEmpty?: true
  /** Words for 0, such as `inf`. */
  readonly zeroWords?: readonly string[]
  /** An environment variable that beats every other source, as in the ancestor. */
  readonly overridingVariable?: string
  /** A customary environment variable, asked when no other source says anything. */
  readonly fallbackVariable?: string
  /** Has a meaning for one command line only: not read from the environment or the config file. */
  readonly commandLineOnly?: true
  /** One line, no final period. */
  readonly summary: string
  /** What, default, when to change it, the trap. Blank lines part paragraphs; other white space has no meaning. */
  readonly description: string
}

export type OptionTable = Readonly<Record<string, OptionRow>>

type ScalarOf<Row> = Row extends { kind: 'choice'; choices: readonly (infer C)[] }
  ? C
  : Row extends { kind: infer K extends Kind }
    ? KindValues[K]
    : never

/** Type of the value that a row gives. */
export type ValueOf<Row> = Row extends { repeatable: true } ? readonly ScalarOf<Row>[] : ScalarOf<Row>

type PresentKeys<Table> = {
  [K in keyof Table]: Table[K] extends { default: unknown } | { computed: string } ? K : never
}[keyof Table]

type Flat<T> = { readonly [K in keyof T]: T[K] }

/** Values of a whole table: a key without default is absent until somebody gives it. */
export type ValuesOf<Table> = Flat<
  { readonly [K in PresentKeys<Table>]: ValueOf<Table[K]> } & {
    readonly [K in Exclude<keyof Table, PresentKeys<Table>>]?: ValueOf<Table[K]>
  }
>

/** Key of a long name in Config and in the config file: `max-reqs-per-child` is `maxReqsPerChild`. */
export function keyOf(flag: string): string {
  return flag.replace(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** Name of the environment variable of an option. */
export function variableOf(row: OptionRow): string {
  return `STARLIGHT_${row.flag.replaceAll('-', '_').toUpperCase()}`
}
