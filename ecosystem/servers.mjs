// An application on its own server, and on Starlight: processes that are started, watched and ended.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const STARLIGHT = fileURLToPath(new URL('../bin/starlight.js', import.meta.url))
/** How long a server may take for a step, in ms. */
const LIMIT_MS = 60_000

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

/** `node file`. Resolves when it takes connections. */
export async function startOwn({ file, cwd, env }) {
  return await started([file], cwd, env)
}

/** `starlight --workers=2 file`, which listens where the file asks for; `exported` files ask for nothing. `args`: more options. */
export async function startStarlight({ file, cwd, env, isExported, args = [] }) {
  const where = isExported ? port => ['--host=127.0.0.1', `--port=${port}`] : () => []
  const server = await started(port => [STARLIGHT, '--workers=2', ...args, ...where(port), file], cwd, env)
  await server.says(/ serving .* with 2 workers/)
  return server
}

async function started(args, cwd, env) {
  const port = await freePort()
  const server = new Server(typeof args === 'function' ? args(port) : args, port, cwd, env)
  try {
    await server.connects()
  } catch (error) {
    server.kill()
    throw error
  }
  return server
}

class Server {
  #output = ''
  #child
  #exit

  constructor(args, port, cwd, more) {
    this.port = port
    const ours = /^(STARLIGHT_|WEB_CONCURRENCY$|NODE_OPTIONS$|npm_)/
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)))
    const env = { ...inherited, NODE_ENV: 'production', PORT: String(port), ...more }
    this.#child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(this.#child)
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding('utf8').on('data', text => {
        this.#output += text
      })
    this.#exit = once(this.#child, 'close').then(([code, signal]) => {
      running.delete(this.#child)
      return signal ?? code
    })
  }

  get output() {
    return this.#output
  }

  /** Resolves when the port takes connections. */
  async connects() {
    const until = performance.now() + LIMIT_MS
    while (!(await isOpen(this.port))) {
      if (!running.has(this.#child)) throw this.#error('it ended')
      if (performance.now() > until) throw this.#error('it takes no connections')
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  /** Resolves when the output, from character `from` on, matches. */
  async says(pattern, from = 0) {
    const until = performance.now() + LIMIT_MS
    while (!pattern.test(this.#output.slice(from))) {
      if (!running.has(this.#child) || performance.now() > until) throw this.#error(`it does not say ${pattern}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }

  /** Starts new workers in the place of the old ones. */
  async reload() {
    const from = this.#output.length
    this.#child.kill('SIGHUP')
    await this.says(/Reloaded: all workers run the new code/, from)
  }

  kill() {
    this.#child.kill('SIGKILL')
  }

  /** Sends TERM; resolves with the exit code, or with the signal that ended it. */
  async stop() {
    this.#child.kill('SIGTERM')
    const late = setTimeout(() => this.kill(), LIMIT_MS)
    const exit = await this.#exit
    clearTimeout(late)
    return exit
  }

  #error(reason) {
    return new Error(`${reason}: ${this.#child.spawnargs.slice(1).join(' ')}\n${this.#output.slice(-2000)}`)
  }
}

async function isOpen(port) {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function freePort() {
  const probe = createServer().listen(0)
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}
