// What keeps this process alive, by the names that Node gives it (process.getActiveResourcesInfo).

/** Whether nothing is pending now that was not `before`. */
export function isNothingNew(before: readonly string[]): boolean {
  const left = [...before]
  return process.getActiveResourcesInfo().every(resource => {
    const at = left.indexOf(resource)
    if (at >= 0) left.splice(at, 1)
    return at >= 0
  })
}
