// `starlight-starter --restart` and `--stop`: they speak to a running starter by signals, and look at its files. What a file names
// gets a signal with the caller's rights: who has written it must be the caller, root, or the one whose process it is.
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { ConfigError } from '../config/errors.ts'
import { EXIT } from '../config/exit-codes.ts'
import { ownId } from '../supervisor/system/control-path.ts'
import { type PidText, pidOf, readPidText } from '../supervisor/system/pid-text.ts'
import { isOwner } from '../supervisor/system/pidfile.ts'
import { isAlive, userOf } from '../supervisor/system/process-info.ts'

export interface StarterFiles {
  readonly pidFile: string | undefined
  readonly statusFile: string | undefined
}

const LOOK_MS = 100

/** Sends HUP and waits until one program, younger than all before, is the only one. */
export async function restartStarter({ pidFile, statusFile }: StarterFiles): Promise<number> {
  if (pidFile === undefined || statusFile === undefined)
    throw new ConfigError('Cannot restart: --pid-file and --status-file are needed too')
  const pid = pidIn(pidFile)
  const target = Math.max(...generationsIn(statusFile)) + 1
  process.kill(pid, 'SIGHUP')
  for (;;) {
    await pause(LOOK_MS)
    if (!isAlive(pid)) throw new ConfigError(`Cannot restart: the starter ${pid} ended meanwhile`, EXIT.failure)
    const generations = generationsIn(statusFile)
    if (generations.length === 1 && (generations[0] ?? 0) >= target) return EXIT.ok
  }
}

/** Sends TERM and waits until the starter is gone. */
export async function stopStarter({ pidFile }: StarterFiles): Promise<number> {
  if (pidFile === undefined) throw new ConfigError('Cannot stop: --pid-file is needed too')
  const pid = pidIn(pidFile)
  process.kill(pid, 'SIGTERM')
  while (isAlive(pid)) await pause(LOOK_MS)
  return EXIT.ok
}

function pidIn(file: string): number {
  const { text, userId, writtenAt } = contentOf(file)
  const pid = pidOf(text)
  if (pid === undefined || !isOwner(pid, writtenAt)) throw notFound(file)
  const processUser = userOf(pid)
  if (userId === 0 || userId === ownId() || userId === processUser) return pid
  throw new ConfigError(
    `Cannot use the pid file "${file}": user ${userId} has made it, and process ${pid} is of another user`,
    EXIT.failure,
  )
}

function contentOf(file: string): PidText {
  try {
    // A link could lead to the file of any other server.
    return readPidText(file, { followsLinks: false })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw notFound(file)
    const reason = code === 'ELOOP' ? 'it is a symbolic link' : message
    throw new ConfigError(`Cannot use the pid file "${file}": ${reason}`, EXIT.failure, { cause: error })
  }
}

function notFound(file: string): ConfigError {
  return new ConfigError(`Cannot find the starter: no process runs that "${file}" names`, EXIT.failure)
}

function generationsIn(file: string): number[] {
  return [...textOf(file).matchAll(/^(\d+):/gm)].map(match => Number(match[1]))
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
