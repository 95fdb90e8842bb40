// A row of the option table in words, the same in help, manual and options page.
import type { OptionRow } from '../config/option.ts'

/** `-w`, `--workers`, `--max-workers`: every spelling without its value. */
export function spellings(row: OptionRow): string[] {
  const short = row.short === undefined ? [] : [`-${row.short}`]
  return [...short, ...[row.flag, ...(row.aliases ?? [])].map(name => `--${name}`)]
}

/** `--workers=N`, `--[no-]default-middleware`, `--print-config[=FORMAT]`. */
export function longForm(row: OptionRow): string {
  if (row.kind === 'boolean') return row.default !== false ? `--[no-]${row.flag}` : `--${row.flag}`
  return row.bare === undefined ? `--${row.flag}=${row.value}` : `--${row.flag}[=${row.value}]`
}

/** The default in words; undefined when there is none worth a word. */
export function defaultText(row: OptionRow): string | undefined {
  if (row.computed !== undefined) return row.computed
  const value = row.default
  if (value === undefined || value === '' || value === false || Array.isArray(value)) return undefined
  if (value === true) return 'on'
  if (row.kind === 'bytes' && typeof value === 'number') return bytesText(value)
  return row.kind === 'seconds' ? `${value}s` : String(value)
}

/** 65536 is `64k`; numbers that are no round power of 1024 stay as they are. */
export function bytesText(bytes: number): string {
  if (bytes > 0 && bytes % 2 ** 20 === 0) return `${bytes / 2 ** 20}m`
  return bytes > 0 && bytes % 2 ** 10 === 0 ? `${bytes / 2 ** 10}k` : String(bytes)
}
