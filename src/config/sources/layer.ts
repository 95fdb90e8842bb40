// One source of options: what it gives, and the words by which the operator knows it.

export interface Given {
  readonly value: unknown
  /** `--workers`, `STARLIGHT_WORKERS`, `starlight.config.ts`. */
  readonly from: string
}

/** What one source says, by option key. */
export type Layer = ReadonlyMap<string, Given>

/** Layers by rank: an earlier one beats a later one. */
export interface Layers {
  /** Variables such as PLACK_ENV that beat even the command line. */
  readonly overriding: Layer
  readonly commandLine: Layer
  readonly environment: Layer
  readonly file: Layer
  /** Variables such as PORT that count when no source of our own says anything. */
  readonly fallback: Layer
}
