// Where a request begins that no read of its connection leads to directly: an application's callback that has answered the request
// before (pipelining), or a write of that answer. Nothing of the earlier request may be seen there: not its AsyncLocalStorage, its domain,
// its async id, nor the stack that an exception would go up.

import { AsyncResource } from 'node:async_hooks'

const OPTIONS = { requireManualDestroy: true } as const

export class AsyncContext {
  /** No application runs in it, so nothing can be entered there. */
  readonly #origin = new AsyncResource('STARLIGHT', OPTIONS)

  /** Calls `action` now, in a context of its own that is as the server's was at its start. */
  run(action: () => void): void {
    outsideDomain(() => this.#origin.runInAsyncScope(runApart, undefined, action))
  }

  /** Calls it in a tick of its own, in such a context, on an empty stack. */
  soon<T>(action: (argument: T) => void, argument: T): void {
    outsideDomain(() =>
      this.#origin.runInAsyncScope(
        process.nextTick as (action: unknown, argument: T) => void,
        process,
        action,
        argument,
      ),
    )
  }
}

function runApart(action: () => void): void {
  new AsyncResource('STARLIGHTREQUEST', OPTIONS).runInAsyncScope(action)
}

interface ProcessWithDomain {
  domain: object | null | undefined
}

/** `node:domain` has its own notion of a context, in a global. */
function outsideDomain(act: () => void): void {
  const holder = process as unknown as ProcessWithDomain
  const { domain } = holder
  if (domain === null || domain === undefined) {
    act()
    return
  }
  holder.domain = null
  try {
    act()
  } finally {
    holder.domain = domain
  }
}
