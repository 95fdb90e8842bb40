// What `starlight-starter` opens and closes around the life of its program.
import { closeSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../config/sources/environment.ts'
import { programPath, START_ENVIRONMENT } from '../config/sources/sources.ts'
import { openToAppend } from '../log/append.ts'
import { LogFile } from '../log/file.ts'
import { createLog } from '../log/stderr-log.ts'
import { listenShortly, spawnDetached, spawnLogger, spawnProgram } from '../supervisor/processes/spawn.ts'
import { type BoundListener, bindAll } from '../supervisor/sockets/bind.ts'
import { takePidFile } from '../supervisor/system/pidfile.ts'
import { watchTerminal } from '../supervisor/system/terminal.ts'
import { type Generation, Starter, type StarterOptions, type StarterSignal } from './starter.ts'

const FIRST_FD = 3
const SIGNALS: readonly StarterSignal[] = ['SIGHUP', 'SIGTERM', 'SIGINT']

/** Resolves with the exit code. `inBackground`: arguments of the same command for a process that shall do it instead. */
export async function runStarter(
  options: StarterOptions,
  inBackground: readonly string[] | undefined,
): Promise<number> {
  if (inBackground !== undefined) {
    spawnDetached([programPath(), ...inBackground])
    return 0
  }
  const output = openOutput(options.logFile)
  const pidFile = options.pidFile === undefined ? undefined : takePidFile(options.pidFile)
  const bound = await bindAll(options.sockets.map(({ address }) => address))
  try {
    listenShortly(
      bound.map(({ fd }) => fd),
      options.backlog,
    )
    await supervise(options, bound, output)
    return 0
  } finally {
    for (const listener of bound) listener.close()
    pidFile?.release()
    if (options.statusFile !== undefined) rmSync(options.statusFile, { force: true })
    if (output !== undefined) closeSync(output)
  }
}

async function supervise(
  options: StarterOptions,
  bound: readonly BoundListener[],
  output: number | undefined,
): Promise<void> {
  const log = createLog(output === undefined ? {} : { sink: new LogFile(output, undefined, { delayMs: 0 }) })
  const [command = '', ...args] = options.program
  const fds = numbersOf(options)
  const starter = new Starter({
    options,
    log,
    spawn: (generation, onExit) =>
      spawnProgram({
        command,
        args,
        cwd: options.directory,
        environment: environmentOf(options, bound, fds, generation),
        fds: new Map(bound.map(({ fd }, i) => [fds[i] ?? 0, fd])),
        output,
        onExit,
      }),
    onChange: running => writeStatus(options.statusFile, running),
  })
  const terminal = watchTerminal()
  const handlers = SIGNALS.map(name => {
    return [name, () => starter.signal(name === 'SIGHUP' && terminal.hangsUp() ? 'SIGTERM' : name)] as const
  })
  for (const [name, handler] of handlers) process.on(name, handler)
  try {
    await starter.run()
  } finally {
    terminal.forget()
    for (const [name, handler] of handlers) process.off(name, handler)
  }
}

/** The descriptors that sockets get in the program: the requested ones, and the first free ones from 3 on. */
function numbersOf({ sockets }: StarterOptions): number[] {
  const taken = new Set(sockets.flatMap(({ fd }) => (fd === undefined ? [] : [fd])))
  let next = FIRST_FD
  return sockets.map(({ fd }) => {
    if (fd !== undefined) return fd
    while (taken.has(next)) next++
    return next++
  })
}

function environmentOf(
  { sockets, environmentDirectory }: StarterOptions,
  bound: readonly BoundListener[],
  fds: readonly number[],
  generation: number,
): Environment {
  const ports = sockets.map(({ name }, i) => `${name === '0' ? portOf(bound[i]) : name}=${fds[i]}`)
  return {
    ...START_ENVIRONMENT,
    ...(environmentDirectory === undefined ? {} : variablesIn(environmentDirectory)),
    SERVER_STARTER_PORT: ports.join(';'),
    SERVER_STARTER_GENERATION: String(generation),
  }
}

function portOf(listener: BoundListener | undefined): number {
  return listener?.address.kind === 'tcp' ? listener.address.port : 0
}

/** As envdir(8) of daemontools: the first line of each file; an empty file takes the variable away. */
function variablesIn(directory: string): Environment {
  const names = readdirSync(directory).filter(name => !name.startsWith('.') && !name.includes('='))
  return Object.fromEntries(
    names.map(name => {
      const text = readFileSync(join(directory, name), 'utf8')
      return [name, text === '' ? undefined : text.split('\n', 1)[0]?.trimEnd()]
    }),
  )
}

function writeStatus(file: string | undefined, running: readonly Generation[]): void {
  if (file === undefined) return
  const { randomBytes } = process.getBuiltinModule('node:crypto')
  const draft = `${file}.${randomBytes(9).toString('base64url')}`
  writeFileSync(draft, running.map(({ number, program }) => `${number}:${program.pid}\n`).join(''), { flag: 'wx' })
  renameSync(draft, file)
}

/** The descriptor that everything is written to; undefined: standard output and error stay as they are. */
function openOutput(target: string | undefined): number | undefined {
  if (target === undefined) return undefined
  const [, command] = /^\s*\|\s*(\S.*)/.exec(target) ?? []
  return command === undefined ? openToAppend(target) : spawnLogger(command)
}
