// Trailer fields of a response over HTTP/2.
import type { HeaderList } from '../handler.ts'
import type { GenuineResponse } from './internals.ts'

/** What `addTrailers` has gathered, which Node writes only behind chunks. */
export function trailersOf({ _trailer: lines }: GenuineResponse): HeaderList {
  return lines === '' ? [] : lines.slice(0, -2).split('\r\n').flatMap(splitField)
}

function splitField(line: string): [name: string, value: string] {
  const colon = line.indexOf(': ')
  return [line.slice(0, colon), line.slice(colon + 2)]
}
