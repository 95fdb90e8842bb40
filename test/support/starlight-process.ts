// The real command in a process of its own. Nothing here sleeps: every wait ends with a line of output, with the exit,
// or with a limit that fails the test and shows what the server had said.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { limitFile } from './file-limit.ts'
import { ROOT } from './root.ts'

/** How a process ended: an exit code, or the signal that killed it. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Finished extends Exit {
  readonly stdout: string
  readonly stderr: string
}

export interface StartOptions {
  /** Another program than `node bin/starlight.js`, with its first arguments. */
  readonly program?: readonly [string, ...string[]]
  /** Working directory; default: the folder of the tests. */
  readonly cwd?: string
  /** Added to the environment, which holds no STARLIGHT_*, PLACK_ENV and NODE_ENV of the machine, and an XDG_RUNTIME_DIR of this file. */
  readonly env?: Readonly<Record<string, string>>
  /** Runs as this user and group. Only root can. */
  readonly userId?: number | undefined
  /** The limit of open files that it starts under (`ulimit -n`). */
  readonly descriptors?: number
  /** Inherited as 3, 4... in this order. */
  readonly fds?: readonly number[]
  /** Longest wait for the server to serve, or for any one line; default 90 seconds. */
  readonly limitMs?: number
}

/** `serving app.ts on http://127.0.0.1:5000`: the one line that says that requests are answered from now on. */
const SERVING = /\bserving\b.* on (?:https?:|unix:)\S+/
const ADDRESS = /(?:https?:\/\/|unix:)[^\s,;]+/g
/** Generous, because a loaded machine starts eight workers at a time; nobody waits for it in a test that passes. */
const LIMIT_MS = 90_000
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
limitFile(() => `running: ${[...running].map(child => child.spawnargs.join(' ')).join('; ') || 'no server'}`)

/** A started `starlight`. Give it back with `stop()`, or with `await using`. */
export class StarlightProcess implements AsyncDisposable {
  readonly child: ChildProcess
  readonly #exited: Promise<Exit>
  readonly #limitMs: number
  #stdout = ''
  #stderr = ''

  constructor(args: readonly string[], options: StartOptions = {}) {
    this.#limitMs = options.limitMs ?? LIMIT_MS
    const env = { ...cleanEnvironment(), ...options.env }
    const stdio = ['ignore', 'pipe', 'pipe', ...(options.fds ?? [])] as const
    const [program, ...first] = options.program ?? [process.execPath, BIN]
    const words = [program, ...first, ...args]
    const [command = '', ...rest] =
      options.descriptors === undefined
        ? words
        : ['/bin/sh', '-c', `ulimit -n ${options.descriptors}; exec "$@"`, 'sh', ...words]
    const user = options.userId === undefined ? {} : { uid: options.userId, gid: options.userId }
    const child = spawn(command, rest, { cwd: options.cwd ?? FOLDER, env, stdio: [...stdio], ...user })
    this.child = child
    running.add(child)
    child.stdout?.setEncoding('utf8').on('data', text => {
      this.#stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', text => {
      this.#stderr += text
    })
    this.#exited = once(child, 'close').then(([code, signal]) => {
      running.delete(child)
      return { code, signal }
    })
  }

  /** Resolves when the process is gone and its output is complete. Rejects when that takes longer than the limit. */
  get exited(): Promise<Exit> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(this.#late('the end of the process')), this.#limitMs)
      this.#exited.then(exit => {
        clearTimeout(limit)
        resolve(exit)
      })
    })
  }

  /** Process id of the master (of the only process with `--workers=0`). */
  get pid(): number {
    return this.child.pid ?? -1
  }

  /** Everything written to standard output so far. */
  get stdout(): string {
    return this.#stdout
  }

  /** Everything written to standard error so far. */
  get stderr(): string {
    return this.#stderr
  }

  /** Addresses that the server says it serves on, in its own order: `http://127.0.0.1:40123`, `https://[::1]:443`, `unix:/run/app.sock`. */
  get addresses(): readonly string[] {
    const lines = this.#stderr.split('\n').filter(line => SERVING.test(line))
    return lines.flatMap(line => line.match(ADDRESS) ?? [])
  }

  /** The first address: what most tests ask. */
  get url(): string {
    return this.addresses[0] ?? ''
  }

  /** Port of the first address that has one. */
  get port(): number {
    const withPort = this.addresses.find(address => /^https?:/.test(address))
    return Number(new URL(withPort ?? 'http://nowhere').port)
  }

  /** Resolves with the first match in standard error (from character `from` on), past output included. Rejects when the process ends without it. */
  seen(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    return this.#waitFor(
      this.child.stderr,
      searcher(pattern, () => this.#stderr, from),
      `standard error to match ${pattern}`,
    )
  }

  /** The same for standard output. */
  printed(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    return this.#waitFor(
      this.child.stdout,
      searcher(pattern, () => this.#stdout, from),
      `standard output to match ${pattern}`,
    )
  }

  /** Process ids of the workers that live now. */
  workers(): number[] {
    return childrenOf(this.pid)
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }

  /** Sends the signal and waits for the end. Stopping twice is harmless. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.child.kill(signal)
    // A master that took over has the same pipes, and may outlive this one.
    if (signal === 'SIGKILL') for (const stream of [this.child.stdout, this.child.stderr]) stream?.destroy()
    return await this.#ended()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (running.has(this.child)) await this.stop()
  }

  async #ended(): Promise<Exit> {
    const late = setTimeout(() => this.child.kill('SIGKILL'), this.#limitMs)
    try {
      return await this.#exited
    } finally {
      clearTimeout(late)
    }
  }

  async #waitFor<T>(stream: NodeJS.ReadableStream | null, find: () => T | null, wanted: string): Promise<T> {
    const found = find()
    if (found !== null) return found
    return await new Promise<T>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(limit)
        stream?.off('data', look)
      }
      const look = (): void => {
        const match = find()
        if (match === null) return
        settle()
        resolve(match)
      }
      const give = (error: Error): void => {
        settle()
        reject(error)
      }
      const limit = setTimeout(() => give(this.#late(wanted)), this.#limitMs)
      stream?.on('data', look)
      this.#exited.then(({ code, signal }) => give(this.#failure(wanted, `it ended with ${signal ?? `code ${code}`}`)))
    })
  }

  #late(wanted: string): Error {
    return this.#failure(wanted, `nothing came within ${this.#limitMs} ms`)
  }

  #failure(wanted: string, reason: string): Error {
    return new Error(`Cannot wait for ${wanted}: ${reason}; the server said:\n${this.#stderr}${this.#stdout}`)
  }
}

/** In characters; no pattern matches more. */
const LONGEST_MATCH = 65_536

/** Looks for the pattern in a text that grows, again and again, without the part that has been searched. */
function searcher(pattern: RegExp, text: () => string, from: number): () => RegExpExecArray | null {
  let at = from
  return () => {
    const now = text()
    const match = pattern.exec(now.slice(at))
    at = Math.max(at, now.length - LONGEST_MATCH)
    return match
  }
}

/** Starts `starlight ...args` and resolves once it serves. A failed start rejects with what the server said. */
export async function startStarlight(args: readonly string[], options: StartOptions = {}): Promise<StarlightProcess> {
  const server = new StarlightProcess(args, options)
  try {
    await server.seen(SERVING)
  } catch (error) {
    await server.stop('SIGKILL')
    throw error
  }
  return server
}

/** Runs `starlight ...args` to its end, for what only prints or must fail to start. Killed after the limit. */
export async function runStarlight(args: readonly string[], options: StartOptions = {}): Promise<Finished> {
  const server = new StarlightProcess(args, options)
  const late = setTimeout(() => server.signal('SIGKILL'), options.limitMs ?? LIMIT_MS)
  const exit = await server.exited
  clearTimeout(late)
  return { ...exit, stdout: server.stdout, stderr: server.stderr }
}

/** Process ids of the children of `pid`. From /proc on Linux, from ps elsewhere. */
export function childrenOf(pid: number): number[] {
  if (process.platform !== 'linux') return childrenByPs(pid)
  const ids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return ids.map(Number).filter(id => parentOf(id) === pid)
}

/** Whether a process with this id lives (a zombie, dead but not reaped, does not). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || statOf(pid).state !== 'Z'
  } catch {
    return false // ESRCH, or the entry in /proc went away between the two looks
  }
}

const BIN = join(ROOT, 'bin', 'starlight.js')
/** Not the checkout: its tsconfig.json would have Node 20 load plain JavaScript through a thread of hooks, for a third of a worker's start. */
const FOLDER = join(ROOT, 'test')

function parentOf(pid: number): number {
  try {
    return statOf(pid).parent
  } catch {
    return -1 // gone since the folder was listed
  }
}

/** proc(5): the command may hold spaces and parentheses, so fields are counted from the last closing one. */
function statOf(pid: number): { state: string; parent: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state, parent: Number(parent) }
}

function childrenByPs(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = lines.map(line => line.trim().split(/\s+/).map(Number))
  return pairs.filter(([, parent]) => parent === pid).map(([id]) => id ?? -1)
}

let runtime = ''
/** Control sockets of the servers of this file are made here, where the commands of other files do not look for them. */
function runtimeDirectory(): string {
  if (runtime !== '') return runtime
  runtime = mkdtempSync(join(tmpdir(), 'starlight-xdg-'))
  process.on('exit', () => rmSync(runtime, { recursive: true, force: true }))
  return runtime
}

/** The environment of the machine without what changes a server; `STARLIGHT_TRANSPORT`, which chooses how the tests run, stays. */
export function cleanEnvironment(): Record<string, string | undefined> {
  const ours =
    /^(STARLIGHT_(?!TRANSPORT$)|WEB_CONCURRENCY$|PLACK_ENV$|NODE_ENV$|NODE_TEST_CONTEXT$|NODE_OPTIONS$|NOTIFY_SOCKET$|LISTEN_)/
  const others = Object.entries(process.env).filter(([name]) => !ours.test(name))
  return { ...Object.fromEntries(others), XDG_RUNTIME_DIR: runtimeDirectory() }
}
