// What console.log shows of the light objects: the same as of native ones.
import { inspect } from 'node:util'
import { nativeMember } from './natives.ts'

/** Lets `util.inspect` show light objects as `show` says, and native ones as they are used to. */
export function defineInspection<T>(
  kind: 'Request' | 'Response' | 'Headers',
  light: { readonly prototype: object },
  isLight: (value: unknown) => value is T,
  show: (self: T) => object,
): void {
  Object.defineProperty(light.prototype, inspect.custom, {
    value(this: unknown, depth: number, options: object) {
      if (!isLight(this)) return nativeMember(kind, inspect.custom, this, [depth, options])
      return `${kind} ${inspect(show(this), { ...options, depth })}`
    },
    writable: true,
    configurable: true,
  })
}
