// From the operator's Config to what the server and the adapters are made with. Config speaks seconds, the server milliseconds.
import type { AppContext } from '../app/handler.ts'
import type { Config } from '../config/config.ts'
import type { Log } from '../log/log.ts'
import type { ServerSettings } from '../server/server.ts'
import type { PoolLimits } from './pool.ts'

/** Body and write timeouts that are not given are `--timeout`. */
export function serverSettingsOf(config: Config): ServerSettings {
  return {
    requestLineBytes: config.limitRequestLine,
    fieldBytes: config.limitRequestFieldSize,
    fieldCount: config.limitRequestFields,
    headBytes: config.limitRequestHead,
    bodyBytes: config.limitRequestBody,
    headTimeoutMs: config.headTimeout * 1000,
    bodyTimeoutMs: (config.bodyTimeout ?? config.timeout) * 1000,
    bodyMinRate: config.bodyMinRate,
    writeTimeoutMs: (config.writeTimeout ?? config.timeout) * 1000,
    keepaliveTimeoutMs: config.keepaliveTimeout * 1000,
    requestsPerConnection: config.maxKeepaliveReqs,
    connections: config.maxConnections,
    serverHeader: config.serverHeader,
  }
}

/** What the adapters know about the server around them. */
export function appContextOf(config: Config, log: Log, background: AppContext['background']): AppContext {
  return {
    environment: config.env,
    mount: config.path,
    defaultMiddleware: config.defaultMiddleware,
    multiprocess: config.workers > 0,
    spool: { memoryBytes: config.inputBuffer, directory: config.inputDir },
    log,
    background,
  }
}

/** A worker cuts what is left when its grace is over; one that does not even do that is killed so much later. */
const KILL_AFTER_GRACE_MS = 500

export function poolLimitsOf(config: Config): PoolLimits {
  const graceMs = config.gracefulTimeout * 1000
  return {
    bootMs: config.bootTimeout * 1000,
    heartbeatMs: config.workerTimeout * 1000,
    graceMs: graceMs === 0 ? 0 : graceMs + KILL_AFTER_GRACE_MS,
  }
}

/** For people: what is served. */
export function appNameOf(config: Config): string {
  return config.app ?? (config.evaluate === undefined ? 'the application' : '-e')
}

/** Whether an app that cannot be loaded becomes a page that says why, and changed files are looked for. */
export function isReloading(config: Config): boolean {
  return config.reload || config.reloadPaths.length > 0
}
