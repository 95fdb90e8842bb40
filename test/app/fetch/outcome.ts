// What can be seen of a light object must be what can be seen of the platform's. A table of observations is made of both.
import assert from 'node:assert/strict'
import { test } from 'node:test'

/** A value, or the kind of error, that an observation ends with. */
export async function outcome(observe: () => unknown): Promise<unknown> {
  try {
    return { value: await observe() }
  } catch (error) {
    return { error: (error as Error).name, isPlatformError: error instanceof Error }
  }
}

/** One test per observation: `light` and `native` have the same outcome. */
export function sameOutcome<T>(subject: string, light: T, native: T, table: Record<string, (it: T) => unknown>): void {
  for (const [name, observe] of Object.entries(table)) {
    test(`${subject} is the platform's: ${name}`, async () => {
      const expected = await outcome(() => observe(native))
      assert.deepEqual(await outcome(() => observe(light)), expected)
    })
  }
}

/** The shape of a class, as WebIDL makes it: name, length, and the kind of every member. */
export function shapeOf(maker: CallableFunction): unknown {
  return {
    name: maker.name,
    length: maker.length,
    statics: membersOf(maker).filter(([key]) => !['prototype', 'Symbol(Symbol.hasInstance)'].includes(key)),
    members: membersOf((maker as unknown as { prototype: object }).prototype),
  }
}

function membersOf(holder: object): [string, unknown][] {
  return Reflect.ownKeys(holder)
    .map((key): [string, unknown] => [String(key), memberOf(Object.getOwnPropertyDescriptor(holder, key) ?? {})])
    .filter(([key]) => key !== 'Symbol(headers map sorted)' && key !== 'length' && key !== 'name')
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

function memberOf({ get, set, value, writable, enumerable, configurable }: PropertyDescriptor): unknown {
  const kind = typeof value === 'function' ? `method of ${value.length}` : typeof value
  return { kind, get: typeof get, set: typeof set, writable, enumerable, configurable }
}
