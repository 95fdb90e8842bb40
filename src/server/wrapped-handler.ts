// A handler in front of another one.
import type { Handler } from '../app/handler.ts'

/** `handle`, which calls `inner` for what it does not answer itself, with what else `inner` says of itself. */
export function wrappedHandler(
  inner: Handler,
  handle: (exchange: Parameters<Handler>[0]) => undefined | Promise<void>,
): Handler {
  return Object.defineProperties(handle, {
    takesUpgrades: { get: () => inner.takesUpgrades },
    onClosed: { get: () => inner.onClosed },
  })
}
