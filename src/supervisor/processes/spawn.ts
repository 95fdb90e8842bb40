// Starts processes that live on; run-command.ts has those that only answer a question. Workers are plain child processes, not
// node:cluster, whose primary would accept for its workers: descriptors are inherited through stdio slots, so every worker has
// the same open file description.
import { type ChildProcess, execFileSync, type SpawnOptions as StartOptions, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { ConfigError } from '../../config/errors.ts'
import { byName, enterAgain, type WorkingDirectory } from '../../config/sources/working-directory.ts'
import { ENVELOPE_EVENT, enveloped, isEnvelope } from '../ipc/envelope.ts'
import { MOST_UNDER_WAY, type Order, type ShareSocketsOrder } from '../ipc/messages.ts'
import { type Hearer, hearReports, hearWatchdog } from '../ipc/receive-reports.ts'
import type { ProcessExit } from '../state/exit-reason.ts'
import { programPath } from '../system/program-path.ts'
import { type GiveSocket, giveSockets } from './give-sockets.ts'

export interface SpawnOptions extends Omit<Hearer, 'onListening'> {
  /** The program of the worker; default: worker.ts of this folder. */
  readonly entry?: string
  /** The working directory by its name, entered before. */
  readonly place: WorkingDirectory
  /** For Node, behind the master's own. */
  readonly nodeArguments: readonly string[]
  /** Becomes standard error of the worker. */
  readonly stderrFd: number
  /** Inherited as 4, 5... in this order; 3 is the IPC channel. */
  readonly fds: readonly number[]
  /** Gives it one descriptor more, behind the others: a line to its watchdog. */
  readonly hasWatchdog: boolean
  /** Called once, after the last report. */
  onExit(exit: ProcessExit): void
}

/** What `child.send` can pass: a socket, or a bare handle of Node's. */
export type Handle = Socket | object

/** The master's end of a worker process. */
export interface WorkerProcess {
  readonly pid: number | undefined
  /** Does nothing when the worker has gone: its exit is on the way. */
  order(order: Order | ShareSocketsOrder, handle?: Handle): void
  /** False when so much is under way to it that the message was dropped. */
  message(content: Uint8Array): boolean
  readonly give: GiveSocket
  kill(signal: NodeJS.Signals): void
  /** Asks where its main thread is; a report says it. */
  askWatchdog(): void
}

/** Number of the first inherited descriptor in the worker. */
export const FIRST_INHERITED_FD = 4

const WORKER_ENTRY = programPath('start-worker')
/** A dead worker's reports are read until the channel ends; this long if somebody else holds its other end. */
const LAST_WORDS_MS = 1000

export function spawnWorker(options: SpawnOptions): WorkerProcess {
  const args = [...process.execArgv, ...options.nodeArguments, options.entry ?? workerEntry(options.place)]
  const settings: StartOptions = {
    stdio: [
      'ignore',
      'inherit',
      options.stderrFd,
      'ipc',
      ...options.fds,
      ...(options.hasWatchdog ? ['overlapped' as const] : []),
    ],
    // Structured clone: undefined and Infinity survive, which JSON loses.
    serialization: 'advanced',
  }
  const child = startIn(options.place, args, settings, options.onExit)
  if (child === undefined) return NO_WORKER
  const { order, message, onListening } = ordersTo(child)
  const { onReport, onInvalidReport } = options
  hearReports(child, { onListening, onReport, onInvalidReport })
  const line = options.hasWatchdog ? child.stdio[FIRST_INHERITED_FD + options.fds.length] : undefined
  if (line instanceof Duplex) hearWatchdog(line, options)
  return {
    pid: child.pid,
    order,
    message,
    give: giveSockets(child),
    askWatchdog: () => {
      if (line instanceof Duplex) line.write('stack\n')
    },
    kill: signal => child.kill(signal),
  }
}

function startIn(
  { directory }: WorkingDirectory,
  args: readonly string[],
  settings: StartOptions,
  onExit: SpawnOptions['onExit'],
): ChildProcess | undefined {
  try {
    enterAgain(directory)
  } catch (error) {
    process.nextTick(onExit, { code: null, signal: null, error: whyNotStarted(error) })
    return undefined
  }
  return start(process.execPath, args, settings, onExit)
}

/** Installed in a release that is gone, the server lies in the one that has taken its name. */
function workerEntry({ names }: WorkingDirectory): string {
  return existsSync(WORKER_ENTRY) ? WORKER_ENTRY : byName(WORKER_ENTRY, names)
}

/** Orders that are given before the worker hears them wait until it does. */
function ordersTo(child: ChildProcess): Pick<WorkerProcess, 'order' | 'message'> & { onListening(): void } {
  let early: (() => void)[] | undefined = []
  const send = (order: Order | ShareSocketsOrder, handle?: Handle): void => {
    if (!child.connected) return
    if (handle === undefined) child.send(enveloped(order), () => undefined)
    else child.send(enveloped(order), handle as Socket, { keepOpen: true }, () => undefined)
  }
  let underWay = 0
  return {
    message: content => {
      if (early !== undefined) return true
      if (!child.connected || underWay + content.byteLength > MOST_UNDER_WAY) return !child.connected
      underWay += content.byteLength
      child.send(enveloped<Order>({ type: 'message', content }), () => {
        underWay -= content.byteLength
      })
      return true
    },
    order: (order, handle) => {
      if (early === undefined) send(order, handle)
      else early.push(() => send(order, handle))
    },
    onListening: () => {
      const waiting = early ?? []
      early = undefined
      for (const sendIt of waiting) sendIt()
    },
  }
}

/** What could not be started; its exit has been told. */
const NO_WORKER: WorkerProcess = {
  pid: undefined,
  order: () => undefined,
  message: () => true,
  give: (_order, _socket, failed) => failed(),
  askWatchdog: () => undefined,
  kill: () => undefined,
}

export interface MasterOrder {
  /** Node, or another program that runs ours. */
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string | undefined
  readonly environment: NodeJS.ProcessEnv
  readonly stderrFd: number
  /** Inherited as 4, 5... in this order. */
  readonly fds: readonly number[]
  onServing(): void
  onExit(exit: ProcessExit): void
}

/** Starts a master that is to take over from this one. After `release` it no longer keeps this process alive. */
export function spawnMaster(order: MasterOrder): Pick<WorkerProcess, 'pid' | 'kill'> & { release(): void } {
  const { command, args, cwd, environment, stderrFd, fds } = order
  const stdio = ['inherit', 'inherit', stderrFd, 'ipc', ...fds] as const
  const options = { cwd, env: environment, stdio: [...stdio] }
  const child = start(command, [...process.execArgv, ...args], options, order.onExit)
  child?.on('message', () => undefined)
  child?.on(ENVELOPE_EVENT, message => isEnvelope(message) && order.onServing())
  return { pid: child?.pid, kill: signal => child?.kill(signal), release: () => child?.unref() }
}

export interface ProgramOrder {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string | undefined
  readonly environment: NodeJS.ProcessEnv
  /** Number in the program -> descriptor here. */
  readonly fds: ReadonlyMap<number, number>
  /** Takes standard output and error; undefined: they stay as they are here. */
  readonly output: number | undefined
  onExit(exit: ProcessExit): void
}

/** Starts a program of any kind with descriptors under given numbers. */
export function spawnProgram(order: ProgramOrder): Pick<WorkerProcess, 'pid' | 'kill'> {
  const { command, args, cwd, environment, fds, output = 'inherit' } = order
  const stdio: ('inherit' | 'ignore' | number)[] = ['inherit', output, output]
  for (let i = 3; i <= Math.max(2, ...fds.keys()); i++) stdio.push('ignore')
  for (const [number, fd] of fds) stdio[number] = fd
  const child = start(command, args, { cwd, env: environment, stdio }, order.onExit)
  return { pid: child?.pid, kill: signal => child?.kill(signal) }
}

/** Starts a shell command and gives the descriptor of its standard input. It ends when all writers have gone. */
export function spawnLogger(command: string): number {
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['pipe', 'inherit', 'inherit'] })
  if (child.pid === undefined)
    throw new ConfigError(`Cannot start the logger "${command}": no process or no descriptor is left for it`)
  const { _handle: handle } = child.stdin as unknown as { readonly _handle: { readonly fd: number } }
  child.unref()
  return handle.fd
}

/** Starts the same program again with other arguments, in a session of its own, without standard streams. */
export function spawnDetached(args: readonly string[]): void {
  spawn(process.execPath, [...process.execArgv, ...args], { detached: true, stdio: 'ignore' }).unref()
}

/**
 * Makes sockets listen. Done by another process, which ends before it could accept anything: in this one Node would accept.
 * Throws the system's reason.
 */
export function listenShortly(fds: readonly number[], backlog: number): void {
  const numbers = fds.map((_, i) => 3 + i)
  const code = `for (const fd of ${JSON.stringify(numbers)}) {
    const server = require('node:net').createServer()
    server.on('error', error => { process.stderr.write(error.message + '\\n'); process.exit(1) })
    server.listen({ fd }, ${backlog})
  }
  process.nextTick(() => process.exit(0))`
  execFileSync(process.execPath, ['-e', code], { stdio: ['ignore', 'ignore', 'inherit', ...fds] })
}

/**
 * Starts the program that reads TLS files, with the rights of this moment. It inherits no variable (NODE_OPTIONS would run code with its rights), and
 * has a session of its own: no terminal ends it before the server. This process does not wait for its end.
 */
export function spawnReader(onExit: (exit: ProcessExit) => void): ChildProcess | undefined {
  const settings: StartOptions = { cwd: '/', env: {}, detached: true, stdio: ['pipe', 'pipe', 'inherit'] }
  const child = start(process.execPath, [programPath('tls-reader')], settings, onExit)
  child?.unref()
  return child
}

/** Starts the program of a server in the background, in a session of its own. */
export function spawnDaemon(stderr: number | 'ignore'): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, programPath('daemon')], {
    detached: true,
    stdio: ['ignore', 'ignore', stderr, 'ipc'],
    serialization: 'advanced',
  })
}

/**
 * As `spawn`, and what keeps a process from starting always comes as its exit. Node tells some of it with an event, and without
 * descriptors (EMFILE) it leaves a child that has no streams behind; the rest (ENOMEM, E2BIG) it throws.
 */
function start(
  command: string,
  args: readonly string[],
  options: StartOptions,
  onExit: (exit: ProcessExit) => void,
): ChildProcess | undefined {
  try {
    const child = spawn(command, args, options)
    onceGone(child, onExit)
    return child.pid === undefined ? undefined : child
  } catch (error) {
    process.nextTick(onExit, { code: null, signal: null, error: whyNotStarted(error) })
    return undefined
  }
}

const START_PROBLEMS: Readonly<Record<string, string>> = {
  EMFILE: 'no file descriptors are left for it (ulimit -n, LimitNOFILE=)',
  ENFILE: 'the system has no file descriptors left (fs.file-max)',
  EAGAIN: 'no processes are left for it (ulimit -u, TasksMax=, the pids limit of the container)',
  ENOMEM: 'no memory is left for it',
}

function whyNotStarted(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return START_PROBLEMS[code] ?? message
}

function onceGone(child: ChildProcess, gone: (exit: ProcessExit) => void): void {
  let isTold = false
  const tell = (exit: ProcessExit): void => {
    if (isTold) return
    isTold = true
    gone(exit)
  }
  // 'error' comes instead of 'exit' when there is no process (EAGAIN, ENOMEM).
  child.once('error', error => {
    if (child.pid === undefined) tell({ code: null, signal: null, error: whyNotStarted(error) })
  })
  child.once('exit', (code, signal) => {
    if (!child.connected) return tell({ code, signal })
    child.once('disconnect', () => tell({ code, signal }))
    setTimeout(() => tell({ code, signal }), LAST_WORDS_MS)
  })
}
