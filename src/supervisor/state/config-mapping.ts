// From the operator's Config to what the server and the adapters are made with. Config speaks seconds, the server milliseconds.
import { join } from 'node:path'
import type { AppContext } from '../../app/handler.ts'
import type { AskedAddress, LoadSpec, PerlOptions } from '../../app/load/load-app.ts'
import { acmeFolder, acmeNames } from '../../config/acme.ts'
import type { Config } from '../../config/config.ts'
import type { ListenAddress } from '../../config/listen/address.ts'
import { WORKER_OPTIONS } from '../../config/options/workers.ts'
import { parseCachePattern, parseDirectory } from '../../config/static-files.ts'
import { trustedNetworks } from '../../config/trusted-proxies.ts'
import type { Log } from '../../log/log.ts'
import type { PoolLimits } from '../../pool/pool.ts'
import type { ServerSettings } from '../../server/http-server.ts'
import { DEFAULT_FORWARDING } from '../../server/settings.ts'

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
    requestTimeoutMs: config.requestTimeout * 1000,
    inFlight: config.maxInflight,
    healthPaths: config.healthPath,
    requestsPerConnection: config.maxKeepaliveReqs,
    connections: config.maxConnections,
    serverHeader: config.serverHeader,
    forwarding: forwardingOf(config),
    http2: config.http2,
    http2Streams: config.http2MaxStreams,
    redirectToHttps: config.redirectToHttps || undefined,
    hstsSeconds: config.hsts,
    files: filesOf(config),
    challenges: challengesOf(config),
    compress: compressOf(config),
    sendfile: config.sendfile.length === 0 ? undefined : config.sendfile.map(text => parseDirectory(text, 'sendfile')),
  }
}

function challengesOf(config: Config): ServerSettings['challenges'] {
  if (config.acme.length === 0) return undefined
  return { folder: join(acmeFolder(config), 'challenges'), names: acmeNames(config.acme, 'acme') }
}

function compressOf({ compress, compressMinSize: minBytes }: Config): ServerSettings['compress'] {
  const codings = compress.filter(coding => coding !== 'none')
  return codings.length === 0 || codings.length < compress.length ? undefined : { codings, minBytes }
}

function filesOf({ static: directories, staticCache, staticSymlinks }: Config): ServerSettings['files'] {
  if (directories.length === 0) return undefined
  return {
    directories: directories.map(text => parseDirectory(text, 'static')),
    cacheRules: staticCache.map(text => parseCachePattern(text, 'staticCache')),
    followsLinks: staticSymlinks,
  }
}

function forwardingOf({ trustedProxies, forwardedField: field, requestId }: Config): ServerSettings['forwarding'] {
  if (trustedProxies.length === 0) return { ...DEFAULT_FORWARDING, field, requestId }
  return { trusted: trustedNetworks(trustedProxies, 'trustedProxies'), isExplicit: true, field, requestId }
}

/** What the configuration says about the application, in the loader's words. `children`: how many Perl ones there are to be. */
export function loadSpecOf(config: Config, cwd: string, children: number = Math.max(1, config.workers)): LoadSpec {
  const { app, evaluate, interface: kind, module, include } = config
  const others = { app, evaluate, module, include, cwd }
  return kind === 'perl' ? { ...others, perl: perlOptionsOf(config, children) } : { ...others, interface: kind }
}

function perlOptionsOf(config: Config, children: number): PerlOptions {
  return {
    perl: config.perl,
    args: plackupArguments(config),
    maxRequests: config.maxReqsPerChild,
    minRequests: config.minReqsPerChild ?? config.maxReqsPerChild,
    graceMs: config.gracefulTimeout * 1000,
    logLevel: config.logLevel,
    logFormat: config.logFormat,
    requestId: config.requestId,
    children,
    spawnIntervalMs: config.spawnInterval * 1000,
    streamsInput: config.streamInput,
    hangMs: config.workerTimeout * 1000,
    queueLength: config.queue,
    queueMs: config.queueTimeout * 1000,
    adopted: config.zygoteSocket ?? config.zygoteFd,
  }
}

/** What of the configuration is Perl's to know, as plackup takes it. */
export function plackupArguments(config: Config): string[] {
  const { app, evaluate, include, module, path, loader, preloadApp, defaultMiddleware } = config
  const chosen = preloadApp ? 'Plack::Loader' : loader
  return [
    ...include.flatMap(directory => ['-I', directory]),
    ...module.flatMap(name => ['-M', name]),
    ...(evaluate === undefined ? [] : ['-e', evaluate]),
    ...(path === '' ? [] : ['--path', path]),
    // Restarter forks a server of its own; here it means --reload, which is not Perl's affair.
    ...(/Restarter$/.test(chosen) ? [] : ['-L', chosen.replace(/^Plack::Loader::/, '')]),
    ...(defaultMiddleware ? [] : ['--no-default-middleware']),
    ...(app === undefined ? [] : [app]),
  ]
}

/** What the adapters know about the server around them. */
export function appContextOf(config: Config, log: Log, background: AppContext['background']): AppContext {
  return {
    environment: config.env,
    mount: config.path,
    defaultMiddleware: config.defaultMiddleware,
    multiprocess: config.workers > 0,
    multithread: config.threads > 0,
    streamsInput: config.streamInput,
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
    // What a Perl application's --worker-timeout looks after are its children; these only pass on what they say.
    heartbeatMs: (config.interface === 'perl' ? WORKER_OPTIONS.workerTimeout.default : config.workerTimeout) * 1000,
    graceMs: graceMs === 0 ? 0 : graceMs + KILL_AFTER_GRACE_MS,
  }
}

/** For people: what is served. */
export function appNameOf(config: Config): string {
  return config.app ?? (config.evaluate === undefined ? 'the application' : '-e')
}

/** Whether connections come to workers one by one, from a master that accepts them. */
export function masterAccepts({ balance }: Config): boolean {
  return balance === 'round-robin' || balance === 'sticky'
}

/** Whether an app that cannot be loaded becomes a page that says why, and changed files are looked for. */
export function isReloading(config: Config): boolean {
  return config.reload || config.reloadPaths.length > 0
}

/**
 * The address that an application which listens by itself asks for; undefined: it leaves the choice, or asks for a descriptor.
 * `fixedPort` is a port that it cannot choose.
 */
export function askedAddress(
  { host, port, path, ipv6Only }: AskedAddress,
  fixedPort?: number,
): ListenAddress | undefined {
  if (path !== undefined && fixedPort === undefined)
    return path.startsWith('\0') ? { kind: 'abstract', name: path.slice(1) } : { kind: 'unix', path }
  return port === undefined
    ? undefined
    : { kind: 'tcp', host, port: fixedPort ?? port, ...(ipv6Only === true && { ipv6Only }) }
}
