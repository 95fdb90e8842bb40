// Imports go one way, room by room, and never in a circle of files. And some powers belong to few files, so that a reader knows where to
// look: sockets, processes, the exit, the environment, the clock.
import { posix } from 'node:path'
import { codeOf, filesBelow, lineAt, report, textOf } from './files.mjs'

/** The rooms that only connect: everyone above may use them. */
const BASE = ['platform', 'config', 'log']
const HTTP1 = ['http1', 'http1/request', 'http1/response']
const APPS = ['app', 'app/shared', 'app/websocket', 'app/psgi', 'app/fetch', 'app/node', 'app/load']
/** Rooms of the supervisor, each above those before it. */
const SUPERVISOR = [
  'system',
  'state',
  'ipc',
  'sockets',
  'processes',
  'tls',
  'acme',
  'balance',
  'admin',
  'worker',
  'master',
].map(room => `supervisor/${room}`)
const upTo = (rooms, last) => rooms.slice(0, rooms.indexOf(last))

/**
 * What a room may import besides itself. A room is a folder with all below it that is no room of its own. The public names in
 * src/index.ts may come from everywhere.
 */
const MAY_IMPORT = {
  memory: [],
  platform: [],
  'node-internals': [],
  hono: ['app/fetch', 'app/websocket'],
  crossws: ['app'],
  'socket.io': ['app'],
  transport: ['platform', 'node-internals'],
  config: ['platform'],
  log: ['platform', 'config'],
  acme: [],
  pool: ['log'],
  http1: [],
  'http1/request': ['http1', 'memory'],
  'http1/response': ['http1', 'memory'],
  app: ['app/development', ...HTTP1, ...BASE],
  'app/development': ['config', 'http1/request'],
  'app/shared': ['app'],
  'app/websocket': ['app', 'app/shared', ...HTTP1, ...BASE],
  'app/psgi': ['app', 'app/shared', 'app/websocket', 'memory', ...HTTP1, ...BASE],
  'app/fetch': ['app', 'app/shared', 'app/websocket', 'memory', ...HTTP1, ...BASE],
  'app/node': ['node-internals', 'app', 'app/shared', 'memory', ...HTTP1, ...BASE],
  'app/perl': ['app', 'app/shared', 'app/psgi', 'memory', 'pool', 'transport', ...HTTP1, ...BASE],
  'app/load': ['app', 'app/shared', 'app/websocket', 'app/psgi', 'app/fetch', 'app/node', 'app/perl', ...BASE],
  server: ['app', 'app/shared', 'memory', 'transport', ...HTTP1, ...BASE],
  'server/library': ['server', 'transport', ...APPS, ...BASE],
  ...Object.fromEntries(
    SUPERVISOR.map(room => [
      room,
      [...upTo(SUPERVISOR, room), 'server', 'app', 'app/load', 'app/development', 'acme', 'pool', ...BASE],
    ]),
  ),
  starter: [...upTo(SUPERVISOR, 'supervisor/balance'), ...BASE],
  cli: ['starter', ...SUPERVISOR, 'server', 'server/library', 'app/perl', ...APPS, ...BASE],
}

/** Modules of Node that open sockets or start processes, and who may use them. `import type` is free. */
const MODULES = [
  { module: 'node:net', within: ['src/server/', 'src/transport/'], why: 'sockets live in server and transport' },
  { module: 'node:tls', within: ['src/server/'], why: 'sockets live in server' },
  { module: 'node:http', within: ['src/app/node/'], why: 'only for the message classes that Node apps expect' },
  { module: 'node:https', within: [], why: 'we are the server' },
  { module: 'node:cluster', within: [], why: 'workers are plain child processes' },
  {
    module: 'node:child_process',
    within: ['src/supervisor/processes/spawn.ts', 'src/supervisor/system/run-command.ts'],
    why: 'two files start processes',
  },
]

/** Words of the language and its globals, and who may use them. */
const WORDS = [
  { word: /\bprocess\.(?:exit|reallyExit|abort)\b/g, within: ['src/cli/main.ts'], why: 'one file ends the process' },
  {
    word: /\bprocess\.platform\b|\bos\.(?:platform|type)\b/g,
    within: ['src/platform.ts'],
    why: 'src/platform.ts says what the system can do',
  },
  { word: /\bprocess\.argv\b/g, within: ['src/config/sources/sources.ts'], why: 'options come through config/sources' },
  { word: /\bprocess\.env\b/g, within: ['src/config/sources/sources.ts'], why: 'options come through config/sources' },
  {
    word: /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\b|\bset(?:Timeout|Interval)\b/g,
    isFor: isPure,
    within: [],
    why: 'clock and randomness are arguments of pure code',
  },
]

/** Files that are allowed what their place is not, each with its reason. An entry that is not needed is an offence too. */
const EXCEPTIONS = {
  'src/app/node/adoption.ts': { 'node:net': 'answers the listen of an app without a socket' },
  'src/app/node/cluster-worker.ts': { 'node:cluster': 'shows an app the worker that it is in' },
  'src/app/node/exported-server.ts': {
    'node:https': 'recognises an https.Server of an app, and what one is like when nobody has changed it',
  },
  'src/app/node/stand-in-servers.ts': { 'node:https': 'is what an app expects behind req.socket.server' },
  'src/app/perl/start.ts': { 'node:net': 'the private socket on which Perl children answer' },
  'src/app/perl/process.ts': {
    'node:child_process': 'starts the Perl process that forks the children',
    'node:net': 'the channel to a Perl process that is there already',
  },
  'src/http1/response/status.ts': { 'node:http': 'reason phrases (STATUS_CODES)' },
  'src/cli/control-client.ts': { 'node:http': 'asks a running server over its control socket' },
  'src/server/library/test-client.ts': { 'node:http': 'the client half of a test client; it never connects' },
  'src/supervisor/sockets/bound-handle.ts': {
    'node:net': 'binds without listening; the descriptor goes to the workers',
  },
  'src/config/trusted-proxies.ts': { 'node:net': 'isIP only' },
  'src/supervisor/sockets/resolve-host.ts': { 'node:net': 'isIP only' },
  'src/supervisor/sockets/unix-socket-file.ts': { 'node:net': 'asks whether anybody answers on a left-over socket' },
  'src/node-internals.ts': { 'process.env': 'what is not to be used of this Node, before anything is read' },
  'src/supervisor/worker/thread.ts': { 'process.exit': 'the end of a thread' },
  'src/supervisor/worker/worker.ts': {
    'process.exit': 'the end of a worker process, which has no main of the command',
  },
}

const used = new Set()
const offences = []

const graph = new Map()
for (const file of filesBelow('src', '.ts')) {
  const source = textOf(file)
  const imports = importsOf(source)
  graph.set(
    file,
    imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier }) => posix.join(posix.dirname(file), specifier)),
  )
  for (const found of imports) checkImport(file, source, found)
  for (const rule of WORDS) checkWord(file, codeOf(source), rule)
}
for (const circle of circles(graph)) offences.push(`${circle.join(' -> ')}: a circle of imports`)
for (const [file, allowed] of Object.entries(EXCEPTIONS)) {
  for (const name of Object.keys(allowed)) {
    if (!used.has(`${file} ${name}`)) offences.push(`${file}: the exception for ${name} is not needed any more`)
  }
}
report('Imports and powers that the layers do not allow (scripts/check-layers.mjs)', offences)

function checkImport(file, source, { specifier, isType, position }) {
  const where = `${file}:${lineAt(source, position)}`
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file), specifier)
    const [from, to] = [layerOf(file), layerOf(target)]
    if (from === 'index' || from === to || MAY_IMPORT[from]?.includes(to) || isExcepted(file, to)) return
    offences.push(
      `${where}: ${from} imports "${specifier}", but ${from} may import ${MAY_IMPORT[from]?.join(', ') || 'nothing of ours'}`,
    )
    return
  }
  const name = specifier.startsWith('node:') ? specifier : `node:${specifier}`
  const rule = MODULES.find(({ module }) => module === name)
  if (rule === undefined || isType || rule.within.some(place => file.startsWith(place)) || isExcepted(file, name))
    return
  offences.push(`${where}: uses "${specifier}", but ${rule.why}`)
}

function checkWord(file, code, { word, within, isFor, why }) {
  if (isFor !== undefined && !isFor(file)) return
  if (within.some(place => file.startsWith(place))) return
  for (const match of code.matchAll(word)) {
    if (!isExcepted(file, match[0])) offences.push(`${file}:${lineAt(code, match.index)}: uses ${match[0]}, but ${why}`)
  }
}

function isExcepted(file, name) {
  if (EXCEPTIONS[file]?.[name] === undefined) return false
  used.add(`${file} ${name}`)
  return true
}

/** The innermost room that holds the file. */
function layerOf(path) {
  const parts = path.split('/').slice(1)
  if (parts.length === 1) return parts[0].replace(/\.ts$/, '')
  for (let depth = parts.length - 1; depth > 0; depth--) {
    const room = parts.slice(0, depth).join('/')
    if (MAY_IMPORT[room] !== undefined) return room
  }
  return parts[0]
}

/** Whole folders that are pure, and whatever file says so in its first lines. */
function isPure(file) {
  return /^src\/(?:http1|config|memory)\//.test(file) || /^\/\/.*\b[Pp]ure\b/m.test(textOf(file).split(/\n(?!\/\/)/)[0])
}

/** Circles of files, whatever they import from each other; Tarjan's strongly connected components. */
function circles(graph) {
  const order = new Map()
  const low = new Map()
  const stack = []
  const found = []
  const visit = file => {
    order.set(file, order.size)
    low.set(file, order.get(file))
    stack.push(file)
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next)
      if (stack.includes(next)) low.set(file, Math.min(low.get(file), low.get(next)))
    }
    if (low.get(file) !== order.get(file)) return
    const circle = stack.splice(stack.indexOf(file))
    if (circle.length > 1) found.push(circle)
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file)
  return found
}

/** Static imports and re-exports, dynamic imports and import types, and modules of Node that are asked for by name. */
function importsOf(source) {
  const code = codeOf(source, { strings: false })
  const statements = code.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm)
  const calls = code.matchAll(/(?<!['"`\w])import\(\s*['"]([^'"]+)['"]\s*\)(\.)?/g)
  const builtins = code.matchAll(/\bprocess\.getBuiltinModule\(\s*['"]([^'"]+)['"]\s*\)/g)
  return [
    ...[...statements].map(match => ({ isType: match[1] !== undefined, specifier: match[2], position: match.index })),
    ...[...calls].map(match => ({ isType: match[2] !== undefined, specifier: match[1], position: match.index })),
    ...[...builtins].map(match => ({ isType: false, specifier: match[1], position: match.index })),
  ]
}
