// Asks a running server over its control socket. What comes back is bounded in time and size, and made harmless for a terminal:
// the server may run with another user's rights.
import { request } from 'node:http'
import { ConfigError } from '../config/errors.ts'
import { EXIT } from '../config/exit-codes.ts'
import { reasonOf } from '../config/thrown.ts'
import { escapedText } from '../log/escape.ts'
import { platform } from '../platform.ts'
import { readControlFile, TOKEN_FIELD, tokenField } from '../supervisor/system/control-pipe.ts'
import { livingServers, namedSocket, serverOf } from '../supervisor/system/control-sockets.ts'
import { pidOf, readPidText } from '../supervisor/system/pid-text.ts'
import { isAlive } from '../supervisor/system/process-info.ts'

export interface ServerChoice {
  readonly socket: string | undefined
  readonly pidFile: string | undefined
}

export interface ControlAnswer {
  readonly status: number
  /** Of JSON. No text in it has a control character. */
  readonly body: unknown
}

/** A server that lives answers questions at once, or after the three seconds that `stack` gives its workers. */
const ANSWER_MS = 10_000
const MOST_BYTES = 16 * 1024 * 1024
/** Of a socket that another mount namespace hides, or that was given a name. */
const ELSEWHERE = 'one in another place (PrivateTmp=yes, a container) has to be named by --control-socket=FILE'

/** The socket of the one server that is meant. Throws ConfigError when there is none, several, or one that is not to be trusted. */
export function socketOf({ socket, pidFile }: ServerChoice): string {
  if (socket !== undefined) return trusted(socket)
  if (pidFile !== undefined) return socketOfPid(pidFile)
  const servers = livingServers()
  const [first, ...others] = servers
  if (first === undefined)
    throw new ConfigError(
      `Cannot find a server: none of this user has a control socket here, ${ELSEWHERE}`,
      EXIT.failure,
    )
  if (others.length === 0) return first.path
  const pids = servers.map(({ pid }) => pid).join(', ')
  throw new ConfigError(`Cannot choose a server: ${pids} run, --pid=FILE or --control-socket=FILE is needed`)
}

/** A question; the answer has to be there in a few seconds. Rejects with ConfigError. */
export function ask(socketPath: string, path: string): Promise<ControlAnswer> {
  return exchange(socketPath, 'GET', path, AbortSignal.timeout(ANSWER_MS))
}

/** A change. It may take its time, as long as the server answers questions meanwhile. Rejects with ConfigError. */
export async function change(socketPath: string, path: string): Promise<ControlAnswer> {
  const given = new AbortController()
  // Only silence counts: after an upgrade the socket may be gone a moment before the answer is here.
  const onFailure = (error: ConfigError): void => {
    if (isSilence(error)) given.abort(error)
  }
  const probe = setInterval(() => ask(socketPath, '/status').catch(onFailure), ANSWER_MS)
  try {
    return await exchange(socketPath, 'POST', path, given.signal)
  } finally {
    clearInterval(probe)
  }
}

/** Whether the server took the question and did not answer it: it lives, or its machine is stopped. */
export function isSilence(error: unknown): boolean {
  return error instanceof ConfigError && isTimeout(error.cause)
}

function trusted(socket: string): string {
  try {
    return namedSocket(socket)
  } catch (error) {
    throw unreachable(socket, error)
  }
}

function socketOfPid(pidFile: string): string {
  const pid = pidIn(pidFile)
  const server = serverOf(pid)
  if (server !== undefined) return server.path
  if (!isAlive(pid))
    throw new ConfigError(`Cannot find the server: process ${pid} of the pid file "${pidFile}" is gone`, EXIT.failure)
  throw new ConfigError(`Cannot find the control socket of process ${pid}: it is not here, ${ELSEWHERE}`, EXIT.failure)
}

function pidIn(file: string): number {
  const text = textIn(file)
  const pid = pidOf(text)
  if (Number.isNaN(pid))
    throw new ConfigError(`Cannot find the server: the pid file "${file}" is empty, it has ended`, EXIT.failure)
  if (pid !== undefined) return pid
  const shown = escapedText(text.trim().slice(0, 20))
  throw new ConfigError(`Cannot use the pid file "${file}": it holds "${shown}", a process id is needed`)
}

function textIn(file: string): string {
  try {
    return readPidText(file, { followsLinks: true }).text
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'there is no such file' : message
    throw new ConfigError(`Cannot read the pid file "${file}": ${reason}; is the server running?`, EXIT.failure)
  }
}

/** Where the server listens, and what it wants to see. Throws ConfigError. */
function placeOf(socketPath: string): { socketPath: string; headers?: Record<string, string> } {
  if (platform.unixSockets) return { socketPath }
  try {
    const control = readControlFile(socketPath)
    return { socketPath: control.pipe, headers: { [TOKEN_FIELD]: tokenField(control) } }
  } catch (error) {
    throw unreachable(socketPath, error)
  }
}

function exchange(
  socketPath: string,
  method: 'GET' | 'POST',
  path: string,
  signal: AbortSignal,
): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const place = placeOf(socketPath)
    const fail = (error: unknown): void => {
      const cause: unknown = signal.aborted ? signal.reason : error
      reject(cause instanceof ConfigError ? cause : unreachable(socketPath, cause))
    }
    const asked = request({ ...place, method, path, agent: false, signal }, response => {
      const pieces: Buffer[] = []
      let size = 0
      response.on('data', (piece: Buffer) => {
        size += piece.length
        if (size > MOST_BYTES) asked.destroy(new Error(`it answers with more than ${MOST_BYTES} bytes`))
        else pieces.push(piece)
      })
      response.on('error', fail)
      response.on('end', () => {
        try {
          const body = harmless(JSON.parse(Buffer.concat(pieces).toString()))
          resolve({ status: response.statusCode ?? 0, body })
        } catch {
          fail(new Error('what it answers is not JSON'))
        }
      })
    })
    asked.on('error', fail)
    asked.end()
  })
}

/** The same value without control characters in its texts, so that nothing of it moves a cursor. */
function harmless(value: unknown): unknown {
  if (typeof value === 'string') return escapedText(value).replaceAll('\t', ' ')
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(harmless)
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [escapedText(key), harmless(each)]))
}

function unreachable(socket: string, error: unknown): ConfigError {
  const reason = isTimeout(error) ? 'it does not answer' : reasonOf(error)
  return new ConfigError(`Cannot reach the server at "${socket}": ${reason}`, EXIT.failure, { cause: error })
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError'
}
