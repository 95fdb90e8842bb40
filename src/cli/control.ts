// `starlight status`, `reload`, `top`... : what a running server is asked, and how its answers look.
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { EXIT } from '../config/exit-codes.ts'
import { ConfigMistake } from '../config/mistakes.ts'
import { livingServers } from '../supervisor/control-path.ts'
import type { Status } from '../supervisor/status.ts'
import { ask, type ControlAnswer, socketOf } from './control-client.ts'
import { type ControlName, controlLines } from './control-names.ts'
import { print, say } from './output.ts'
import { processLine, statusText } from './status-text.ts'

const OPTIONS = {
  'control-socket': { type: 'string' },
  pid: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

interface Given {
  readonly name: ControlName
  /** The number behind `scale` or `drain`. */
  readonly argument: string | undefined
  readonly socket: string
  readonly isJson: boolean
}

/** Resolves with the exit code: 0 when the server did it, 1 when it did not. Throws ConfigMistake. */
export async function controlCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(argv)
  const [name, argument] = positionals as [ControlName, string | undefined]
  if (values.help) return await printed(HELP)
  if (name === 'ps') return await listServers(values.json ?? false)
  const socket = socketOf({ socket: values['control-socket'], pidFile: values.pid })
  const given: Given = { name, argument, socket, isJson: values.json ?? false }
  if (name === 'top') return await top(socket)
  return name === 'status' || name === 'stack' ? await show(given) : await change(given)
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ', 1)[0] : String(error)
    throw new ConfigMistake(`Cannot read the command line: ${reason}, see starlight ${argv[0]} --help`)
  }
}

async function show({ name, socket, isJson }: Given): Promise<number> {
  const { body } = await ask(socket, 'GET', `/${name}`)
  if (isJson) return await printed(body)
  return await printed(name === 'status' ? statusText(JSON.parse(body) as Status) : stackText(body))
}

async function change({ name, argument, socket, isJson }: Given): Promise<number> {
  const query = name === 'scale' ? `?to=${argument ?? ''}` : name === 'drain' ? `?pid=${argument ?? ''}` : ''
  const { status, body } = await ask(socket, 'POST', `/${name}${query}`)
  if (isJson) await print(body)
  else await tell(name, { status, body })
  return status === 200 ? EXIT.ok : EXIT.failure
}

async function tell(name: ControlName, { status, body }: ControlAnswer): Promise<void> {
  const { outcome, reason, pid, wished } = JSON.parse(body) as Readonly<Record<string, string>>
  if (status !== 200) await say(`${name} ${outcome}: ${reason}`)
  else if (pid !== undefined) await print(`${name}: the new master is ${pid}\n`)
  else if (wished !== undefined) await print(`${name}: ${wished} are wished\n`)
  else await print(`${name}: ${outcome}\n`)
}

function stackText(body: string): string {
  const workers = Object.entries(JSON.parse(body) as Record<string, { stack: string[]; requests: string[] }>)
  if (workers.length === 0) return 'No worker has a watchdog.\n'
  return workers
    .map(([pid, { stack, requests }]) => [`worker ${pid}`, ...requests, ...stack].join('\n    '))
    .map(text => `${text}\n`)
    .join('')
}

async function listServers(isJson: boolean): Promise<number> {
  const answers = await Promise.all(
    livingServers().map(({ path }) => ask(path, 'GET', '/status').catch(() => undefined)),
  )
  const all = answers.flatMap(answer => (answer === undefined ? [] : [JSON.parse(answer.body) as Status]))
  return await printed(isJson ? `${JSON.stringify(all)}\n` : all.map(processLine).join(''))
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
      const { body } = await ask(socket, 'GET', '/status')
      // Home, text, and whatever stood below it before goes: without a flicker.
      const hint = isTyped ? 'q quits\n' : ''
      await print(`\x1b[H${(statusText(JSON.parse(body) as Status) + hint).replaceAll('\n', '\x1b[K\r\n')}\x1b[J`)
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

const HELP: string = `Usage: starlight COMMAND [--pid=FILE | --control-socket=FILE] [--json]

Asks a running server. Without an option it has to be the only one of its user.

${controlLines()}
The exit code is 1 when the server did not do it.
`
