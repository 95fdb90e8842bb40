// What an application's own http.Server was made with. Its connections are ours, so some of it cannot be kept to: that is said, by name.
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import type { AppContext } from '../handler.ts'
import { hasOwnKey, keepToSettings } from './own-settings.ts'

// Not imported: see status.ts.
const http = process.getBuiltinModule('node:http')

export type AnyServer = Server | TlsServer

export interface MessageClasses {
  readonly IncomingMessage: typeof IncomingMessage
  readonly ServerResponse: typeof ServerResponse
}

/** Loads node:https, with node:tls and node:crypto, only for a server that may be one of its. */
export function isTlsServer(server: object): server is TlsServer {
  return 'setSecureContext' in server && server instanceof process.getBuiltinModule('node:https').Server
}

/** The classes that `server` makes its requests and responses of; Node's own without a server. */
export function messageClasses(server: AnyServer | undefined): MessageClasses {
  const own = server === undefined ? {} : ownClasses(server)
  return { IncomingMessage: http.IncomingMessage, ServerResponse: http.ServerResponse, ...own }
}

/** Node keeps them under private symbols; their names have been the same since Node 9. */
function ownClasses(server: AnyServer): Partial<MessageClasses> {
  const found: Record<string, unknown> = {}
  for (const symbol of Object.getOwnPropertySymbols(server)) {
    const name = symbol.description
    const value: unknown = Reflect.get(server, symbol)
    if ((name === 'IncomingMessage' || name === 'ServerResponse') && typeof value === 'function') found[name] = value
  }
  return found
}

/** Listeners that http.Server and https.Server add themselves: they would begin to read from the connection. */
const NODES_OWN = new Set(['connectionListener', 'tlsConnectionListener'])

/** Tells those who want to know every connection (http-terminator, counters). A connection is announced with its first request. */
export function announceConnection(server: EventEmitter, socket: object, isEncrypted: boolean): void {
  callOwn(server, 'connection', socket)
  if (isEncrypted) callOwn(server, 'secureConnection', socket)
}

function callOwn(server: EventEmitter, event: string, socket: object): void {
  if (server.listenerCount(event) === 0) return
  for (const listener of server.rawListeners(event)) {
    const { listener: original = listener } = listener as { listener?: { name: string } }
    if (!NODES_OWN.has(original.name)) Reflect.apply(listener, server, [socket])
  }
}

/** Event -> what is done instead. */
const LOST_EVENTS: Readonly<Record<string, string>> = {
  clientError: 'broken requests are answered by Starlight',
  checkExpectation: 'unknown expectations are answered 417',
  connect: 'CONNECT is answered by Starlight',
  dropRequest: '--max-keepalive-reqs',
  tlsClientError: 'TLS is Starlight’s',
}
/**
 * Keeps to what `server` was given, and warns of what cannot be kept to. Its keys and certificates count where nobody has said anything
 * of TLS.
 */
export function keepToServer(server: AnyServer, context: AppContext): void {
  const { ownServer, log } = context
  const speaksTls = ownServer?.isFree('tls') === true && hasOwnKey(server)
  if (speaksTls) ownServer.encrypt(server as TlsServer)
  const usual: EventEmitter = isTlsServer(server)
    ? new (process.getBuiltinModule('node:https').Server)()
    : new http.Server()
  const events = Object.entries(LOST_EVENTS).filter(
    ([name]) => server.listenerCount(name) > usual.listenerCount(name) && !(speaksTls && name === 'tlsClientError'),
  )
  const words = [
    ...events.map(([name, instead]) => `listeners of "${name}" (${instead})`),
    ...keepToSettings(server, context),
  ]
  if (words.length === 0) return
  const text = `Cannot keep to what the application's http.Server was given: ${words.join(', ')}`
  if (ownServer === undefined) log.warn(text)
  else ownServer.warn(text)
}
