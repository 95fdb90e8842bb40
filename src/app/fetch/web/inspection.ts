// What console.log shows of the light objects: the same as of native ones.
import { formatWithOptions, type InspectOptions, inspect } from 'node:util'
import { nativeMember } from './native-classes.ts'

/** Lets `util.inspect` show light objects as `show` says, and native ones as they are used to. */
export function defineInspection<T>(
  kind: 'Request' | 'Response' | 'Headers',
  light: { readonly prototype: object },
  isLight: (value: unknown) => value is T,
  show: (self: T) => object,
): void {
  Object.defineProperty(light.prototype, inspect.custom, {
    value(this: unknown, depth: number, options: InspectOptions) {
      if (!isLight(this)) return nativeMember(kind, inspect.custom, this, [depth, options])
      // As undici does it, depth and all: the members count from the top again.
      return `${kind} ${formatWithOptions(options, show(this))}`
    },
    writable: true,
    configurable: true,
  })
}
