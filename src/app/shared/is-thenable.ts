/** Whether `value` is a promise of any make: an object or, rarely, a function (Promises/A+ 1.2). */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const canBe = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return canBe && 'then' in value && typeof value.then === 'function'
}
