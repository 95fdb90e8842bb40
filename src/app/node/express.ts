// Express (4 and 5) replaces the prototypes of each request and response by those of its application: on Node 20 and 22 V8 is slow with such an
// object for the rest of its life. Objects that are made with these prototypes stay as they are, since nothing is replaced.
import type { MessageClasses } from './exported-server.ts'

// Not imported: see status.ts.
const http = process.getBuiltinModule('node:http')

/** What `express()` gives, as far as it is known by that. */
interface ExpressApp {
  readonly request: object
  readonly response: object
}

/** The classes of requests and responses to whoever is the first to see them. */
export class FirstSight {
  readonly #usual: MessageClasses
  #listener: unknown
  /** `#listener`, if it is an Express application. */
  #app: ExpressApp | undefined
  #request: object | undefined
  #response: object | undefined
  /** What has these two for prototypes. */
  #own: MessageClasses

  constructor(usual: MessageClasses) {
    this.#usual = usual
    this.#own = usual
  }

  /** Those for `listener`, which nobody comes before. */
  classesFor(listener: unknown): MessageClasses {
    if (listener !== this.#listener) {
      this.#listener = listener
      this.#app = isExpress(listener) ? listener : undefined
    }
    const app = this.#app
    if (app === undefined) return this.#usual
    // An application may set others at any time.
    if (app.request !== this.#request || app.response !== this.#response) this.#take(app)
    return this.#own
  }

  #take({ request, response }: ExpressApp): void {
    this.#request = request
    this.#response = response
    const { IncomingMessage, ServerResponse } = this.#usual
    const req = new IncomingMessage(null as never)
    const res = new ServerResponse(req)
    const isSafe =
      onlyAdds(request, req, http.IncomingMessage.prototype) && onlyAdds(response, res, http.ServerResponse.prototype)
    this.#own = isSafe
      ? { IncomingMessage: madeWith(request, IncomingMessage), ServerResponse: madeWith(response, ServerResponse) }
      : this.#usual
  }
}

function isExpress(listener: unknown): listener is ExpressApp {
  if (typeof listener !== 'function') return false
  const { handle, request, response } = listener as Partial<ExpressApp> & { handle?: unknown }
  return typeof handle === 'function' && typeof request === 'object' && typeof response === 'object'
}

/**
 * Whether `prototype` has `base` for its origin, and nothing that `message`, made of `base`, has as well: what the application overrides would be
 * met before it is called, by Node's constructor or by us.
 */
function onlyAdds(prototype: object, message: object, base: object): boolean {
  if (Object.getPrototypeOf(message) !== base) return false
  for (let at: object | null = prototype; at !== base; at = Object.getPrototypeOf(at)) {
    if (at === null || Reflect.ownKeys(at).some(key => key in message)) return false
  }
  return true
}

/** Has no value: is never assigned. */
const NOTHING: unique symbol = Symbol('nothing')

/** A class with the constructor of `Base`, as node:util's `inherits` would make it. */
function madeWith<Class>(prototype: object, Base: Class): Class {
  function Made(this: { m?: unknown }, value: unknown): void {
    Reflect.apply(Base as (value: unknown) => void, this, [value])
    // Never done. V8 makes an object with room for as many members as it sees assigned in its constructor, and takes back later what is not used; those that
    // Node's own assigns do not count here. Without room each member moves others: 24 instead of 11 us of a request on Node 24.
    if (value === NOTHING) {
      this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = 0
      this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = 0
      this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = 0
      this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = this.m = 0
    }
  }
  Made.prototype = prototype
  return Made as Class
}
