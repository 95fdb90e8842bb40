// Public names only.

export type { FetchApp, FetchFunction, FetchInfo } from './app/fetch/types.ts'
export type { NodeApp, NodeListener, UpgradeListener } from './app/node/types.ts'
export type {
  PsgiAnswer,
  PsgiApp,
  PsgiBody,
  PsgiChunk,
  PsgiDelayedResponse,
  PsgiEnv,
  PsgiErrors,
  PsgiHeaderMap,
  PsgiHeaders,
  PsgiHeaderValue,
  PsgiInput,
  PsgiLogEntry,
  PsgiResponder,
  PsgiResponse,
  PsgiResponseHead,
  PsgiWriter,
} from './app/psgi/types.ts'
export type {
  ServerWebSocket,
  UpgradeOptions,
  WebSocketClose,
  WebSocketFailure,
  WebSocketMessage,
} from './app/websocket/types.ts'
export { type Worker, worker } from './app/worker.ts'
export type { Config } from './config/config.ts'
export { defineConfig, type UserConfig } from './config/define-config.ts'
export { ConfigError } from './config/errors.ts'
export type { ListenAddress, TlsFiles } from './config/listen/address.ts'
export type { Log } from './log/log.ts'
export type { AnsweredRequest, BoundAddress, ServerSettings, ServerStats } from './server/http-server.ts'
export { type App, type Running, type ServeOptions, serve } from './server/library/serve.ts'
export { type ClientInit, createHandler, type HandlerOptions, type TestClient } from './server/library/test-client.ts'
