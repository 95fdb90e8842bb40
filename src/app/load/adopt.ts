// What is served of a file that listens by itself, and what is said about it.
import type { Adoption } from '../node/adoption.ts'
import type { AnyServer } from '../node/exported-server.ts'
import type { Chosen } from './exports.ts'
import { type AppKind, detectKind } from './kind.ts'
import { refusal } from './target.ts'

/** A sentence for the operator, to be said once for all workers. */
export interface Notice {
  readonly level: 'info' | 'warn'
  readonly text: string
  /** The application's own server encrypts all connections. */
  readonly isEncrypted?: boolean
  /** A warning behind it: what of the application's own server cannot be kept to. */
  readonly warning?: string
}

export type ChosenOrTaken = Chosen & { readonly notice?: Notice }

/**
 * What `choose` finds among the exports of `what`; in its place, or when it rejects because there is none, the server that listens.
 * Rejects as `choose` does.
 */
export async function chooseOrAdopt(
  choose: () => Promise<Chosen>,
  what: string,
  adoption: Adoption | undefined,
  requested: AppKind | undefined,
): Promise<ChosenOrTaken> {
  if (adoption === undefined) return await choose()
  const mayBeServer = requested === undefined || requested === 'node'
  let chosen: Chosen
  try {
    chosen = await choose()
    // What is no application is refused by the caller, unless there is a server.
    const { kind } = detectKind(chosen.value, chosen.name, requested) ?? {}
    if (kind === undefined) throw undefined
  } catch (error) {
    const server = mayBeServer ? await adoption.listening() : undefined
    if (server !== undefined && !adoption.isOn) throw listensByItself(what, adoption)
    if (server !== undefined) return taken(server, what, adoption)
    if (mayBeServer && adoption.isLate) throw tooLate(what)
    if (error !== undefined) throw error
    return await choose()
  }
  const { server, isOn } = adoption
  if (server === undefined) adoption.settle()
  if (server === undefined || !isOn || chosen.value === server) return chosen
  const verdict = detectKind(chosen.value, chosen.name, requested)
  // What else the server has, such as the listeners of WebSockets, counts then.
  if (mayBeServer && isAround(server, chosen.value)) return taken(server, what, adoption, chosen)
  if (mayBeServer && verdict?.kind !== undefined && verdict.isGuess) return taken(server, what, adoption)
  return { ...chosen, notice: twice(what, adoption, chosen) }
}

function taken(server: AnyServer, what: string, adoption: Adoption, exported?: Chosen): ChosenOrTaken {
  const text = `${what} listens ${adoption.where} by itself: Starlight serves this server`
  const notice = exported === undefined ? told(text, adoption) : twice(what, adoption, exported)
  return { name: 'server', value: server, notice }
}

function told(text: string, { encryption }: Adoption): Notice {
  if (encryption === 'kept')
    return { level: 'info', text: `${text}, by TLS with its own key and certificate`, isEncrypted: true }
  if (encryption === 'unwanted') return { level: 'info', text: `${text}, without TLS (--no-ssl)` }
  if (encryption === 'none') return { level: 'info', text }
  return {
    level: 'warn',
    text: `${text}; without TLS, because it has no key: --ssl with --ssl-cert-file and --ssl-key-file is needed`,
  }
}

function twice(what: string, adoption: Adoption, { name }: Chosen): Notice {
  return {
    level: 'warn',
    text: `${what} exports its application ("${name}") and listens ${adoption.where} by itself, too: it is served once, by Starlight`,
  }
}

/** Whether the server does nothing but call the application, as that of Express's `app.listen`. */
function isAround(server: AnyServer, app: unknown): boolean {
  return typeof app === 'function' && server.listeners('request').some(listener => listener === app)
}

function listensByItself(what: string, adoption: Adoption): Error {
  return refusal(
    `${what} listens ${adoption.where} by itself and exports no application, with --no-adopt an export in place of its "listen" call is needed`,
  )
}

function tooLate(what: string): Error {
  return refusal(
    `${what} exports no application and has told no server to listen within --boot-timeout, one of both or more time is needed`,
  )
}

/** What to say of a file that was written for another runtime; undefined for any other failure. */
export function otherRuntime(what: string, cause: unknown): Error | undefined {
  const name = cause instanceof ReferenceError ? /^(Bun|Deno) is not defined$/.exec(cause.message)?.[1] : undefined
  if (name === undefined) return undefined
  return refusal(
    `${what} uses ${name}, which is not Node; in place of ${name}.serve an export is needed: export default { fetch: request => new Response() }`,
  )
}
