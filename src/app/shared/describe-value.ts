// What an app gave, in a few words for the sentence about its error.

/** 'the string "abc"', 'a Map', 'an array of 2', 'undefined'. Never long and never throws. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value)}`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object') return `the ${typeof value} ${String(value)}`
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== '' ? withArticle(name) : 'an object'
}

function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`
}
