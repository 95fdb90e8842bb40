// ServerResponse writes interim responses as text; the server wants them as status and fields, which it checks: Node 20
// lets CR and LF through in early hints.
import type { HeaderList } from '../handler.ts'

const STATUS_LINE = /^HTTP\/1\.1 ([1-9][0-9][0-9])(?: [^\r\n]*)?\r\n/

/** The status of a response head, undefined when `text` does not begin with a status line. */
export function statusOf(text: string): number | undefined {
  const line = STATUS_LINE.exec(text)
  return line === null ? undefined : Number(line[1])
}

/** The fields of a whole response head without a body. */
export function fieldsOf(text: string): HeaderList {
  const fields: string[] = []
  for (const line of text.slice(text.indexOf('\r\n') + 2, -4).split('\r\n')) {
    const colon = line.indexOf(': ')
    if (colon > 0) fields.push(line.slice(0, colon), line.slice(colon + 2))
  }
  return fields
}
