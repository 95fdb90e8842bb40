// What an application exports beside itself to be told of the start and the end of its worker.

/** A part of a start or an end. */
export interface Step {
  /** Completes "the application's ...". */
  readonly name: string
  /** A promise is waited for. */
  run(): unknown
}

export interface AppLife {
  /** Before the first request. */
  readonly startup: Step | undefined
  /** After the last answer, in this order. */
  readonly endings: readonly Step[]
}

type Bag = Readonly<Record<PropertyKey, unknown>>

const STARTS = ['startup'] as const
const ENDS = ['shutdown', 'close', Symbol.asyncDispose] as const

/**
 * Finds `startup`, and the first of `shutdown`, `close` and `[Symbol.asyncDispose]`: named exports of the module come before
 * properties of its default export and of the application itself. The `close` of a Fastify instance ends its plugins, so it is called
 * behind a `shutdown` of the module as well; that of a server is not: the server never listens.
 */
export function lifeOf(exports: Bag, app: unknown): AppLife {
  const bags = [...bagsOf(exports), ...(isBag(app) ? [app] : [])].filter(bag => !isServer(bag))
  const ending = firstOf(bags, ENDS)
  const fastify = isBag(app) && isFunction(app['routing']) && !isServer(app) ? firstOf([app], ['close']) : undefined
  const endings = [ending, fastify === undefined || isSame(fastify, ending) ? undefined : fastify]
  return { startup: firstOf(bags, STARTS), endings: endings.filter(step => step !== undefined) }
}

/** The module, and what compilers and CommonJS wrap into its default export. */
function bagsOf(exports: Bag): Bag[] {
  const bags: Bag[] = []
  for (let bag: unknown = exports; isBag(bag) && bags.length < 4 && !bags.includes(bag); bag = bag['default'])
    bags.push(bag)
  return bags
}

interface FoundStep extends Step {
  readonly owner: Bag
  readonly call: unknown
}

function firstOf(bags: readonly Bag[], names: readonly PropertyKey[]): FoundStep | undefined {
  for (const owner of bags) {
    const name = names.find(candidate => isFunction(owner[candidate]))
    if (name === undefined) continue
    const call = owner[name] as (this: unknown) => unknown
    return { name: `"${String(name)}"`, owner, call, run: () => call.call(owner) }
  }
  return undefined
}

function isSame(one: FoundStep, other: FoundStep | undefined): boolean {
  return one.owner === other?.owner && one.call === other.call
}

function isServer(bag: Bag): boolean {
  return ['listeners', 'listen', 'address', 'getConnections'].every(name => isFunction(bag[name]))
}

function isBag(value: unknown): value is Bag {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
