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
export type { ListenAddress, TlsFiles } from './config/address.ts'
export type { Config } from './config/config.ts'
export { defineConfig, type UserConfig } from './config/define-config.ts'
export { ConfigMistake } from './config/mistakes.ts'
export type { Log } from './log/log.ts'
export { type ClientInit, createHandler, type HandlerOptions, type TestClient } from './server/client.ts'
export { type App, type Running, type ServeOptions, serve } from './server/serve.ts'
export type { AnsweredRequest, BoundAddress, ServerSettings, ServerStats } from './server/server.ts'
