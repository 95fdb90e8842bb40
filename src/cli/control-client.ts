// Asks a running server over its control socket.
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { EXIT } from '../config/exit-codes.ts'
import { ConfigMistake } from '../config/mistakes.ts'
import { controlPathOf, livingServers } from '../supervisor/control-path.ts'

export interface ServerChoice {
  readonly socket: string | undefined
  readonly pidFile: string | undefined
}

export interface ControlAnswer {
  readonly status: number
  readonly body: string
}

/** The socket of the one server that is meant. Throws ConfigMistake when there is none, or several. */
export function socketOf({ socket, pidFile }: ServerChoice): string {
  if (socket !== undefined) return socket
  const servers = livingServers()
  if (pidFile !== undefined) {
    const pid = pidIn(pidFile)
    return servers.find(server => server.pid === pid)?.path ?? controlPathOf(pid)
  }
  const [first, ...others] = servers
  if (first === undefined) throw new ConfigMistake('Cannot find a server: none of this user runs', EXIT.failure)
  if (others.length === 0) return first.path
  const pids = servers.map(({ pid }) => pid).join(', ')
  throw new ConfigMistake(`Cannot choose a server: ${pids} run, --pid=FILE or --control-socket=FILE is needed`)
}

function pidIn(file: string): number {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'there is no such file' : message
    throw new ConfigMistake(`Cannot read the pid file "${file}": ${reason}; is the server running?`, EXIT.failure)
  }
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new ConfigMistake(`Cannot use the pid file "${file}": it holds "${text.slice(0, 20)}", a process id is needed`)
}

export function ask(socketPath: string, method: 'GET' | 'POST', path: string): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path, agent: false }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', text => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    asked.on('error', error =>
      reject(
        new ConfigMistake(`Cannot reach the server at "${socketPath}": ${error.message}`, EXIT.failure, {
          cause: error,
        }),
      ),
    )
    asked.end()
  })
}
