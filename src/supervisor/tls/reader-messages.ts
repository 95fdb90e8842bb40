// What a master and its reader of TLS files say to each other: lines of JSON over standard input and output.

export interface ReaderSetup {
  /** The only files that are read, and directories: of those, what belongs to pairs of keys and certificates. */
  readonly paths: readonly string[]
  /** Whom the texts are for, who must not be able to choose other files. */
  readonly userId: number
  /** Signature (file-watch.ts) of the files as they were read last. */
  readonly known: string
}

export type ReaderOrder =
  /** The first one, and the only one of its kind that is obeyed. */
  | ({ readonly type: 'begin' } & ReaderSetup)
  /** Say what the files hold. */
  | { readonly type: 'read' }

export type ReaderReport =
  /** The files are others. */

  | { readonly type: 'changed' }
  /** By path; `names` those in directories. */
  | {
      readonly type: 'texts'
      readonly texts: Readonly<Record<string, FoundText>>
      readonly names: Readonly<Record<string, readonly string[]>>
    }

/** A file's text, one character per byte, or why there is none: in words, and by the system's code if it said so. */
export type FoundText = { readonly text: string } | { readonly problem: string; readonly code?: string | undefined }
