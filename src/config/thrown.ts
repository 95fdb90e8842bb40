// What is thrown may be anything: null, an object without a prototype, an Error whose getters throw again. Nothing here throws.

/** The message of an Error, the text of anything else. */
export function reasonOf(thrown: unknown): string {
  return guarded(thrown, () => String(thrown instanceof Error ? thrown.message : thrown))
}

/** `TypeError: x is not a function`; the text of what is no Error. */
export function titleOf(thrown: unknown): string {
  return guarded(thrown, () => (thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)))
}

/** The stack of an Error, its title where it has none; the text of anything else. */
export function stackOf(thrown: unknown): string {
  try {
    const stack: unknown = thrown instanceof Error ? thrown.stack : undefined
    return typeof stack === 'string' ? stack : titleOf(thrown)
  } catch {
    return titleOf(thrown)
  }
}

/** What an Error says of its cause; undefined for anything else. */
export function causeOf(thrown: unknown): unknown {
  try {
    return thrown instanceof Error ? thrown.cause : undefined
  } catch {
    return undefined
  }
}

function guarded(value: unknown, make: () => string): string {
  try {
    return make()
  } catch {}
  try {
    return Object.prototype.toString.call(value)
  } catch {
    return '(a value that cannot be shown)'
  }
}
