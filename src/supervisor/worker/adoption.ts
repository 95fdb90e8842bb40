// What an application that listens by itself is told about the server that serves it in its place.
import { Adoption, type AdoptionParts, type GivenSocket, type ServedAddress } from '../../app/load/load-app.ts'
import { worker } from '../../app/worker.ts'
import type { Config } from '../../config/config.ts'
import type { ListenAddress } from '../../config/listen/address.ts'
import type { Log } from '../../log/log.ts'
import { platform } from '../../platform.ts'
import type { AskedPlace } from '../ipc/messages.ts'
import { canReusePort } from '../sockets/bound-handle.ts'

const NEEDS = 'Linux and Node 22.12 or later, or --workers=1, is needed'
/** Of what is left of --boot-timeout for the last steps of a start, in milliseconds. */
const LAST_STEPS_MS = 1000

export interface AdoptionSite {
  readonly config: Config
  readonly listeners: readonly { readonly address: ListenAddress; readonly host: string }[]
  readonly log: Log
  /** Has the listener bound that the application asks for; undefined: `listeners` are there. */
  readonly ask?: ((place: AskedPlace) => Promise<AdoptionSite['listeners'][number]>) | undefined
  /** See AppServerOptions. */
  askSocket?(place: AskedPlace): Promise<GivenSocket>
  connections(): number
  /** The application has closed its server. */
  onClosing(): void
}

/** Undefined for an application in Perl. */
export function adoptionFor({
  config,
  listeners,
  log,
  ask,
  askSocket,
  connections,
  onClosing,
}: AdoptionSite): Adoption | undefined {
  if (config.interface === 'perl') return undefined
  const bootMs = config.bootTimeout * 1000
  return new Adoption({
    isOn: config.adopt,
    log,
    sharing: sharingOf(config, askSocket),
    // A check has none, and shall find what workers do.
    worker: config.workers === 0 ? undefined : Math.max(1, worker.number),
    waitMs: bootMs === 0 ? Infinity : Math.max(bootMs - LAST_STEPS_MS, bootMs / 2),
    isEncrypted: listeners.some(({ address }) => address.tls !== undefined),
    mayEncrypt: config.leftToServer.includes('ssl'),
    address: ask === undefined ? servedAddress(listeners) : async asked => servedAddress([await ask(asked)]),
    isAsAsked: config.listensAsAsked,
    connections,
    onClosing,
  })
}

function sharingOf(
  { workers, threads, checkConfig }: Config,
  ask: AdoptionSite['askSocket'],
): AdoptionParts['sharing'] {
  if (checkConfig) return 'pretend'
  if (workers === 0) return 'none'
  // A socket comes to a process, not to one of its threads.
  if (threads === 0 && ask !== undefined && platform.inheritsSockets) return { ask }
  if (canReusePort()) return 'reusePort'
  // A worker that is replaced overlaps with the next one, but most never are.
  return workers === 1 && threads < 2
    ? 'none'
    : { because: `${threads > 0 ? 'threads' : 'workers'} cannot share a port here, ${NEEDS}` }
}

/** That of the first listener on TCP, for applications that show links; without one, the first path. */
function servedAddress(listeners: AdoptionSite['listeners']): ServedAddress {
  const found = listeners.find(({ address }) => address.kind === 'tcp') ?? listeners[0]
  if (found === undefined) return { address: '127.0.0.1', family: 'IPv4', port: 0 }
  const { address, host } = found
  if (address.kind === 'unix') return address.path
  if (address.kind === 'abstract') return `\0${address.name}`
  const ip = host === '' ? (address.host ?? '::') : host
  return { address: ip, family: ip.includes(':') ? 'IPv6' : 'IPv4', port: address.port }
}
