// What an application has set on its own http.Server, at its start or later: kept to where Starlight has the same limit and nobody else has
// said it, said once by name otherwise.
import type { AppContext, ServerLimit } from '../handler.ts'

// Not imported: see status.ts.
const http = process.getBuiltinModule('node:http')

interface Same {
  readonly limit: ServerLimit
  /** 0 means the same on both sides: no limit. */
  readonly zero: boolean
}

/** Property -> the same limit here. */
const SAME: Readonly<Record<string, Same>> = {
  keepAliveTimeout: { limit: 'keepaliveTimeoutMs', zero: true },
  headersTimeout: { limit: 'headTimeoutMs', zero: true },
  // Of Node's the whole request is measured, here the silence in its body, which is said: 0, as frameworks set it, takes nothing away.
  requestTimeout: { limit: 'bodyTimeoutMs', zero: false },
  maxRequestsPerSocket: { limit: 'requestsPerConnection', zero: true },
  maxConnections: { limit: 'connections', zero: false },
}

/** Property -> the option that does the same. */
const LOST: Readonly<Record<string, string>> = {
  maxHeadersCount: '--limit-request-fields',
  maxHeaderSize: '--limit-request-head',
}
/** The same, where nobody keeps to them. */
const OPTIONS: Readonly<Record<string, string>> = {
  keepAliveTimeout: '--keepalive-timeout',
  headersTimeout: '--head-timeout',
  requestTimeout: '--body-timeout',
  maxRequestsPerSocket: '--max-keepalive-reqs',
  maxConnections: '--max-connections',
  ...LOST,
}
const SILENCE_ALONE =
  '"requestTimeout" (silence in a body counts, not the whole request: --body-timeout, --body-min-rate)'

type Settings = Record<string, unknown>

/** Keeps to what is set now, and to what is set from now on. Gives words for what cannot be kept to. */
export function keepToSettings(server: object, { ownServer }: AppContext): string[] {
  const usual = new http.Server() as unknown as Settings
  const set = server as Settings
  const isSet = (name: string): boolean => set[name] !== undefined && set[name] !== usual[name]
  const words = (names: readonly string[]): string[] =>
    names.filter(isSet).map(name => `"${name}" (${OPTIONS[name] as string})`)
  if (ownServer === undefined) return words(Object.keys(OPTIONS))
  for (const [name, { limit, zero }] of Object.entries(SAME)) {
    if (!ownServer.isFree(limit)) continue
    const keepTo = (value: unknown): void => {
      const isLimit = typeof value === 'number' && Number.isFinite(value) && (value > 0 || (zero && value === 0))
      if (isLimit) ownServer.limit({ [limit]: value })
    }
    if (isSet(name)) keepTo(set[name])
    watch(set, name, keepTo)
  }
  const isSilenceAlone = isSet('requestTimeout') && set.requestTimeout !== 0 && ownServer.isFree('bodyTimeoutMs')
  return [...words(Object.keys(LOST)), ...(isSilenceAlone ? [SILENCE_ALONE] : [])]
}

/** Programs set times behind `listen`, which may be long after the start. */
function watch(target: Settings, name: string, changed: (value: unknown) => void): void {
  let value = target[name]
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    get: () => value,
    set(next: unknown) {
      value = next
      changed(next)
    },
  })
}

/** The members of tls.Server that its types leave out. */
interface TlsMembers {
  readonly key?: unknown
  readonly cert?: unknown
  readonly pfx?: unknown
  readonly _contexts?: readonly unknown[]
}

/** Whether it was made to speak TLS, and with what. */
export function hasOwnKey(server: object): boolean {
  if (!('setSecureContext' in server)) return false
  const { cert, key, pfx, _contexts = [] } = server as TlsMembers
  const choice = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'snicallback')
  const chooses = choice !== undefined && typeof Reflect.get(server, choice) === 'function'
  return (Boolean(key) && Boolean(cert)) || Boolean(pfx) || chooses || _contexts.length > 0
}
