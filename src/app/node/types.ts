// What a Node style application may be.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import type { Duplex } from 'node:stream'

/** A listener of http.Server's 'request'. A promise that rejects becomes a 500. */
export type NodeListener = (req: IncomingMessage, res: ServerResponse) => unknown

/** A listener of http.Server's 'upgrade': the socket is the application's, `head` holds the bytes that came behind the request. */
export type UpgradeListener = (req: IncomingMessage, socket: Duplex, head: Buffer) => unknown

/**
 * A Node application: a listener (Express and connect apps are one), an http.Server that does not listen, Koa (`callback`),
 * Fastify (`routing`), or anything with a `handler`. A function or object with an `upgrade` method gets upgrade requests.
 */
export type NodeApp = NodeListener | Server | TlsServer | CallbackApp | RoutingApp | HandlerApp

/** Koa's shape. */
export interface CallbackApp {
  callback(): NodeListener
}

/** Fastify's shape. */
export interface RoutingApp {
  routing(req: IncomingMessage, res: ServerResponse): unknown
  ready?(): PromiseLike<unknown>
  readonly server?: unknown
}

/** The shape of small routers. */
export interface HandlerApp {
  handler(req: IncomingMessage, res: ServerResponse): unknown
}
