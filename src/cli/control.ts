// `starlight status`, `reload`, `top`... : what a running server is asked, and how its answers look.
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ConfigError } from '../config/errors.ts'
import { EXIT } from '../config/exit-codes.ts'
import { platform } from '../platform.ts'
import type { Status } from '../supervisor/admin/status.ts'
import { livingServers } from '../supervisor/system/control-sockets.ts'
import { ask, type ControlAnswer, change, socketOf } from './control-client.ts'
import { type ControlName, controlLines } from './control-names.ts'
import { drained, scaledTo, statusOf, whenGone, whenSo } from './control-wait.ts'
import { print, say } from './output.ts'
import { processLine, statusText } from './status-text.ts'

const OPTIONS = {
  'control-socket': { type: 'string' },
  pid: { type: 'string' },
  json: { type: 'boolean' },
  'no-wait': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

interface Given {
  readonly name: ControlName
  /** The number behind `scale` or `drain`. */
  readonly argument: string | undefined
  readonly socket: string
  readonly isJson: boolean
  /** Whether it returns only when what was asked for has happened. */
  readonly waits: boolean
}

/** Resolves with the exit code: 0 when the server did it, 1 when it did not. Throws ConfigError. */
export async function controlCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(argv)
  const [name, argument] = positionals as [ControlName, string | undefined]
  if (values.help) return await printed(HELP)
  if (name === 'upgrade' && !platform.inheritsSockets) throw new ConfigError(NO_UPGRADE)
  if (name === 'ps') return await listServers(values.json ?? false)
  const socket = socketOf({ socket: values['control-socket'], pidFile: values.pid })
  const given: Given = { name, argument, socket, isJson: values.json ?? false, waits: !values['no-wait'] }
  if (name === 'top') return await top(socket)
  return name === 'status' || name === 'stack' ? await show(given) : await alter(given)
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ', 1)[0] : String(error)
    throw new ConfigError(`Cannot read the command line: ${reason}, see starlight ${argv[0]} --help`)
  }
}

const NO_UPGRADE =
  'Cannot upgrade: a new master cannot inherit sockets here, reload is needed, or stop and start for another Node or Starlight'

async function show({ name, socket, isJson }: Given): Promise<number> {
  const { body } = await ask(socket, `/${name}`)
  if (isJson) return await printed(`${JSON.stringify(body)}\n`)
  return await printed(readable(socket, () => (name === 'status' ? statusText(body as Status) : stackText(body))))
}

async function alter(given: Given): Promise<number> {
  const { name, argument, socket, isJson, waits } = given
  const before = waits && LASTING.has(name) ? await statusOf(socket) : undefined
  const number = encodeURIComponent(argument ?? '')
  const query = name === 'scale' ? `?to=${number}` : name === 'drain' ? `?pid=${number}` : ''
  const begun = await change(socket, `/${name}${query}`)
  const reason = before === undefined || begun.status !== 200 ? undefined : await happened(given, before, begun)
  const answer = reason === undefined ? begun : { status: 409, body: { outcome: 'stopped', reason } }
  if (isJson) await print(`${JSON.stringify(answer.body)}\n`)
  else await tell(name, answer)
  return answer.status === 200 ? EXIT.ok : EXIT.failure
}

/** Answered when they have begun. Reload and upgrade are answered when they are over. */
const LASTING: ReadonlySet<ControlName> = new Set<ControlName>(['stop', 'scale', 'drain'])

/** Resolves when it has happened; with the reason when it has not. The number of Perl children is not told by a status. */
async function happened(given: Given, before: Status, { body }: ControlAnswer): Promise<string | undefined> {
  const { name, argument, socket } = given
  const { areWorkers, desired = 0 } = body as { areWorkers?: boolean; desired?: number }
  if (name === 'stop') return await whenGone(socket, before.pid)
  if (name === 'drain') return await whenSo(socket, drained(Number(argument), before))
  return areWorkers === true ? await whenSo(socket, scaledTo(desired, before)) : undefined
}

async function tell(name: ControlName, { status, body }: ControlAnswer): Promise<void> {
  const { outcome, reason, pid, desired, areWorkers } = (body ?? {}) as Readonly<Record<string, string | boolean>>
  if (status !== 200) await say(`${name} ${outcome}: ${reason}`)
  else if (pid !== undefined) await print(`${name}: the new master is ${pid}\n`)
  else if (desired !== undefined)
    await print(`${name}: target set to ${desired} ${areWorkers === false ? 'Perl children' : 'workers'}\n`)
  else await print(`${name}: ${outcome}\n`)
}

/** What is made of an answer. A server of another version may answer with something else. */
function readable(socket: string, text: () => string): string {
  try {
    return text()
  } catch (cause) {
    const reason = 'it answers as no server of this version does'
    throw new ConfigError(`Cannot reach the server at "${socket}": ${reason}`, EXIT.failure, { cause })
  }
}

function stackText(body: unknown): string {
  const workers = Object.entries(body as Record<string, { stack: string[]; requests: string[] }>)
  if (workers.length === 0) return 'No worker has a watchdog.\n'
  return workers
    .map(([pid, { stack, requests }]) => [`worker ${pid}`, ...requests, ...stack].join('\n    '))
    .map(text => `${text}\n`)
    .join('')
}

async function listServers(isJson: boolean): Promise<number> {
  const servers = livingServers()
  const answers = await Promise.all(servers.map(({ path }) => ask(path, '/status').catch(() => undefined)))
  const all = answers.flatMap(answer => (answer === undefined ? [] : [answer.body as Status]))
  if (isJson) return await printed(`${JSON.stringify(all)}\n`)
  return await printed(readable(servers[0]?.path ?? '', () => all.map(processLine).join('')))
}

/** Draws the status anew each second until somebody types q, it is interrupted, or the server goes. */
async function top(socket: string): Promise<number> {
  const { stdin } = process
  const isTyped = stdin.isTTY === true
  const over = new Promise<true>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(true))
    // In raw mode Ctrl-C is a character as any other.
    if (isTyped) stdin.setRawMode(true).on('data', keys => /[qQ\x03\x04]/.test(String(keys)) && resolve(true))
  })
  if (isTyped) await print(OTHER_SCREEN)
  try {
    for (;;) {
      const { body } = await ask(socket, '/status')
      const text = readable(socket, () => statusText(body as Status))
      // Home, text, and whatever stood below it before goes: without a flicker.
      const hint = isTyped ? 'q quits\n' : ''
      await print(`\x1b[H${(text + hint).replaceAll('\n', '\x1b[K\r\n')}\x1b[J`)
      if (await Promise.race([over, pause(1000, false)])) return EXIT.ok
    }
  } finally {
    if (isTyped) {
      stdin.setRawMode(false).pause()
      await print(OWN_SCREEN)
    }
  }
}

/** The alternate screen without a cursor, and back (xterm's private modes). */
const OTHER_SCREEN = '\x1b[?1049h\x1b[?25l'
const OWN_SCREEN = '\x1b[?25h\x1b[?1049l'

async function printed(text: string): Promise<number> {
  await print(text)
  return EXIT.ok
}

const HELP: string = `Usage: starlight COMMAND [--pid=FILE | --control-socket=FILE] [--json] [--no-wait]

Asks a running server. Without an option it has to be the only one of its user.

${controlLines()}
A command returns when what it asks for has happened; with --no-wait stop, scale and drain return when it has begun.
The exit code is 1 when the server did not do it.
`
