// `starlight-starter`: start_server of Server::Starter, for servers of any kind. Its options, its environment variables, its files.
import { parseArgs } from 'node:util'
import { ConfigError } from '../config/errors.ts'
import type { ListenAddress } from '../config/listen/address.ts'
import { VERSION } from '../config/version.ts'
import { platform } from '../platform.ts'
import { runStarter } from '../starter/run.ts'
import type { StarterOptions, StarterSocket } from '../starter/starter.ts'
import { restartStarter, stopStarter } from '../starter/steer.ts'
import { print } from './output.ts'
import { STARTER_HELP } from './starter-help.ts'

const TEXT = { type: 'string' } as const
const LIST = { type: 'string', multiple: true } as const
const FLAG = { type: 'boolean' } as const

const OPTIONS = {
  port: LIST,
  path: LIST,
  dir: TEXT,
  interval: TEXT,
  'signal-on-hup': TEXT,
  'signal-on-term': TEXT,
  backlog: TEXT,
  envdir: TEXT,
  'enable-auto-restart': FLAG,
  'auto-restart-interval': TEXT,
  'kill-old-delay': TEXT,
  'pid-file': TEXT,
  'status-file': TEXT,
  'log-file': TEXT,
  daemonize: FLAG,
  restart: FLAG,
  stop: FLAG,
  help: FLAG,
  version: FLAG,
} as const

type Given = ReturnType<typeof parsed>['values']

/** Resolves with the exit code. Throws ConfigError. */
export async function starterCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(argv)
  if (values.help) return await printed(STARTER_HELP)
  if (values.version) return await printed(`starlight-starter/${VERSION}\n`)
  const files = { pidFile: values['pid-file'], statusFile: values['status-file'] }
  if (values.restart) return await restartStarter(files)
  if (values.stop) return await stopStarter(files)
  if (!platform.inheritsSockets)
    throw new ConfigError(
      'Cannot start: a program cannot inherit sockets here, starlight itself under a service wrapper is needed',
    )
  const isDaemon = values.daemonize === true
  return await runStarter(optionsOf(values, positionals), isDaemon ? withoutDaemonize(argv) : undefined)
}

async function printed(text: string): Promise<number> {
  await print(text)
  return 0
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ', 1)[0] : String(error)
    throw new ConfigError(`Cannot read the command line: ${reason}, see --help`)
  }
}

function optionsOf(values: Given, program: readonly string[]): StarterOptions {
  if (program.length === 0) throw new ConfigError('Cannot start: no program is named, one is needed behind "--"')
  const isAuto = values['enable-auto-restart'] === true
  const ports = (values.port ?? []).map(portSocket)
  const paths = (values.path ?? []).map(pathSocket)
  const sockets = [...ports, ...paths]
  if (sockets.length === 0) sockets.push(portSocket('0'))
  return {
    sockets,
    program,
    directory: values.dir,
    intervalMs: milliseconds(values, 'interval', 1),
    signalOnHup: signalNamed(values['signal-on-hup']),
    signalOnTerm: signalNamed(values['signal-on-term']),
    backlog: Number(values.backlog ?? 511),
    environmentDirectory: values.envdir,
    autoRestartMs: isAuto ? milliseconds(values, 'auto-restart-interval', 360) : 0,
    killOldDelayMs: milliseconds(values, 'kill-old-delay', isAuto ? 5 : 0),
    pidFile: values['pid-file'],
    statusFile: values['status-file'],
    logFile: values['log-file'],
  }
}

function milliseconds(
  values: Given,
  name: 'interval' | 'auto-restart-interval' | 'kill-old-delay',
  seconds: number,
): number {
  const given = Number(values[name] ?? seconds)
  if (!(given >= 0)) throw new ConfigError(`Cannot use "${values[name]}" for --${name}: a number of seconds is needed`)
  return given * 1000
}

function signalNamed(name = 'TERM'): NodeJS.Signals {
  return `SIG${name.replace(/^SIG/i, '').toUpperCase()}` as NodeJS.Signals
}

/** `80`, `127.0.0.1:80`, `[::1]:80`, each with `=FD` for the number that the descriptor shall have. */
function portSocket(text: string): StarterSocket {
  const [, name = '', fd] = /^(.*?)(?:=(\d+))?$/.exec(text.replaceAll(' ', '')) ?? []
  const [, host, port] = /^(?:\[?([^[\]]+?)\]?:)?(\d+)$/.exec(name) ?? []
  if (port === undefined) throw new ConfigError(`Cannot use "${text}" for --port: a port or host:port is needed`)
  // Without a host every IPv4 address, as start_server binds.
  const address: ListenAddress = { kind: 'tcp', host: host ?? '0.0.0.0', port: Number(port) }
  return { name, address, ...(fd === undefined ? {} : { fd: Number(fd) }) }
}

function pathSocket(path: string): StarterSocket {
  return { name: path, address: { kind: 'unix', path, mode: 0o777 } }
}

function withoutDaemonize(argv: readonly string[]): string[] {
  const end = argv.indexOf('--')
  return argv.filter((text, i) => text !== '--daemonize' || (end >= 0 && i > end))
}
