// The Perl process at the other end of the control channel: one that is started here, or one that has started us.
import { type ChildProcess, spawn } from 'node:child_process'
import { createConnection, Socket } from 'node:net'
import { type Duplex, PassThrough } from 'node:stream'
import { packageFile } from '../package-file.ts'

export interface PerlProcess {
  /** Lines of text, both ways. */
  readonly control: Duplex
  /** Resolves when it has ended or could not be started, with what completes "the Perl process ...". */
  readonly gone: Promise<string>
  /** Ends it, and every process that it has started, at once. */
  kill(): void
}

const HOST = 'perl/starlight-host.pl'

const LAST_WORDS_MS = 1000

/** Starts one. `args`: those of plackup. */
export function spawnPerl(program: string, args: readonly string[]): PerlProcess {
  let child: ChildProcess
  try {
    // A session of its own: a terminal's ^C is for the master alone.
    child = spawn(program, [packageFile(HOST), ...args], {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    })
  } catch (error) {
    return neverStarted(`cannot be started: ${startProblem(program, error as NodeJS.ErrnoException)}`)
  }
  let isGone = false
  const gone = new Promise<string>(resolve => {
    child.once('error', error => resolve(`cannot be started: ${startProblem(program, error)}`))
    child.once('exit', (code, signal) => {
      isGone = true
      const tell = (): void => resolve(signal === null ? `exited with code ${code}` : `was killed by ${signal}`)
      // Its last words are on their way, but a child that it has just forked may hold the channel for longer.
      child.once('close', tell)
      setTimeout(tell, LAST_WORDS_MS)
    })
  })
  return {
    // Without descriptors (EMFILE) Node leaves a child that has no streams; 'error' comes for it all the same.
    control: ((child.stdio as ChildProcess['stdio'] | undefined)?.[3] as Duplex | undefined) ?? closedChannel(),
    gone,
    kill() {
      if (isGone || child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has gone by itself.
      }
    },
  }
}

function neverStarted(reason: string): PerlProcess {
  return { control: closedChannel(), gone: Promise.resolve(reason), kill: () => undefined }
}

function closedChannel(): Duplex {
  return new PassThrough().destroy()
}

/** The one that started this process, with the channel as a descriptor, or a copy of it that the socket at a path gives (Plack::Handler::Starlight). */
export function adoptPerl(place: number | string): PerlProcess {
  const control =
    typeof place === 'string' ? createConnection(place) : new Socket({ fd: place, readable: true, writable: true })
  const gone = new Promise<string>(resolve => control.once('close', () => resolve('has ended')))
  return { control, gone, kill: () => control.destroy() }
}

/** Tells of the end of the Perl process that has started this one. The descriptor stays open: its number must not become somebody else's. */
export function watchPerl(fd: number, onEnd: () => void): void {
  new Socket({ fd, readable: true, writable: true, allowHalfOpen: true })
    .on('error', () => undefined)
    .once('end', onEnd)
    .resume()
    .unref()
}

function startProblem(program: string, error: NodeJS.ErrnoException): string {
  if (error.code !== 'ENOENT') return `"${program}": ${error.message}`
  return `there is no "${program}", Perl is needed (Debian: perl libplack-perl; or name it with --perl)`
}
