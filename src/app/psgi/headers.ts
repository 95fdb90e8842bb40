// Response fields in any of the forms that an app may give them in, as the flat list that the server sends. Whether a name
// or a value may be sent at all (CR, LF, NUL) is the server's to check, for every kind of app.

import { AppError } from '../errors.ts'
import type { HeaderList } from '../handler.ts'
import { describe } from '../shared/describe-value.ts'

/** The flat list of `headers`. Throws an AppError when it is not one of PsgiHeaders' forms. */
export function flatHeaders(headers: unknown): HeaderList {
  if (Array.isArray(headers)) return isFlat(headers) ? headers : flattened(headers)
  if (typeof headers !== 'object' || headers === null) {
    throw new AppError(`Cannot send the headers: they are ${describe(headers)}, an array or an object is needed`)
  }
  const list: string[] = []
  for (const [name, value] of entriesOf(headers)) addField(list, name, value)
  return list
}

/** The usual case: nothing to copy. */
function isFlat(headers: readonly unknown[]): headers is readonly string[] {
  for (let i = 0; i < headers.length; i++) {
    if (typeof headers[i] !== 'string') return false
  }
  if (headers.length % 2 !== 0) throw oddList(headers)
  return true
}

function flattened(headers: readonly unknown[]): string[] {
  const list: string[] = []
  if (Array.isArray(headers[0])) {
    for (const pair of headers) {
      if (!Array.isArray(pair) || pair.length !== 2) {
        throw new AppError(`Cannot send the headers: one of the pairs is ${describe(pair)}, an array of 2 is needed`)
      }
      addField(list, pair[0], pair[1])
    }
    return list
  }
  if (headers.length % 2 !== 0) throw oddList(headers)
  for (let i = 0; i < headers.length; i += 2) addField(list, headers[i], headers[i + 1])
  return list
}

function oddList(headers: readonly unknown[]): AppError {
  return new AppError(
    `Cannot send the headers: the list has ${headers.length} elements, a value for every name is needed`,
  )
}

function entriesOf(headers: object): Iterable<readonly [unknown, unknown]> {
  return isMap(headers) ? headers.entries() : Object.entries(headers)
}

function isMap(headers: object): headers is { entries(): Iterable<readonly [unknown, unknown]> } {
  return 'entries' in headers && typeof headers.entries === 'function'
}

function addField(list: string[], name: unknown, value: unknown): void {
  if (typeof name !== 'string') {
    throw new AppError(`Cannot send the headers: one of the names is ${describe(name)}, a string is needed`)
  }
  if (Array.isArray(value)) {
    for (const one of value) list.push(name, fieldText(name, one))
  } else {
    list.push(name, fieldText(name, value))
  }
}

function fieldText(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  throw new AppError(`Cannot send the header "${name}": its value is ${describe(value)}, a string is needed`)
}
