// The packages that WebSockets take, loaded when the first one is opened: `ws` and, for applications with crossws hooks, `crossws`. They are the
// application's: Starlight depends on neither.
import { cwd } from 'node:process'
import { pathToFileURL } from 'node:url'
import { AppError } from '../errors.ts'
import type { AppContext } from '../handler.ts'
import type { ServerWebSocket } from './types.ts'

/** As far as we call it. */
export interface WsLibrary {
  readonly WebSocketServer: new (options: object) => WsServer
}

export interface WsServer {
  on(event: 'headers', listener: (lines: string[]) => void): this
  handleUpgrade(req: object, socket: object, head: Uint8Array, opened: (socket: ServerWebSocket) => void): void
}

const loaded = new Map<string, unknown>()

/** Gives `ws`. Throws an AppError when it is not installed. */
export function wsLibrary(context: AppContext): WsLibrary {
  const known = loaded.get('ws')
  if (known !== undefined) return known as WsLibrary
  const { require, path } = findPackage('ws', 'ws', context)
  const found = require(path) as WsLibrary
  loaded.set('ws', found)
  return found
}

/** The file of `specifier`, a part of the package `name`. Throws an AppError when the package is not installed. */
export function packageFile(specifier: string, name: string, context: AppContext): URL {
  return pathToFileURL(findPackage(specifier, name, context).path)
}

interface Found {
  readonly require: NodeJS.Require
  readonly path: string
}

/** Looked for from the application, then from where the server was started, then beside Starlight. */
function findPackage(specifier: string, name: string, { directory }: AppContext): Found {
  const { createRequire } = process.getBuiltinModule('node:module')
  for (const from of [directory === undefined ? [] : `${directory}/`, `${cwd()}/`, import.meta.url].flat()) {
    const require = createRequire(from)
    try {
      return { require, path: require.resolve(specifier) }
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (code !== 'MODULE_NOT_FOUND') throw cause
    }
  }
  throw new AppError(`Cannot open a WebSocket: the package "${name}" is not installed (npm install ${name})`)
}
