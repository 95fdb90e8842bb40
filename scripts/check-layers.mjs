// Imports go one way: cli -> supervisor -> server -> app -> http1, wire; everyone above http1 may use config and log. And some
// powers belong to few files, so that a reader knows where to look: sockets, processes, the exit, the environment.
import { posix } from 'node:path'
import { codeOf, filesBelow, lineAt, report, textOf } from './files.mjs'

/** What a folder may import besides itself. The public names in src/index.ts may come from everywhere. */
const MAY_IMPORT = {
  http1: [],
  wire: [],
  config: [],
  log: ['config'],
  app: ['wire', 'http1', 'config', 'log'],
  server: ['app', 'wire', 'http1', 'config', 'log'],
  supervisor: ['server', 'app', 'wire', 'http1', 'config', 'log'],
  cli: ['supervisor', 'server', 'app', 'wire', 'http1', 'config', 'log'],
}

/** Modules of Node that open sockets or start processes, and who may use them. `import type` is free. */
const MODULES = [
  { module: 'node:net', within: ['src/server/', 'src/wire/'], why: 'sockets live in server and wire' },
  { module: 'node:tls', within: ['src/server/'], why: 'sockets live in server' },
  { module: 'node:http', within: ['src/app/node/'], why: 'only for the message classes that Node apps expect' },
  { module: 'node:https', within: [], why: 'we are the server' },
  { module: 'node:cluster', within: [], why: 'workers are plain child processes' },
  {
    module: 'node:child_process',
    within: ['src/supervisor/spawn.ts', 'src/supervisor/run-command.ts'],
    why: 'two files start processes',
  },
]

/** Words of the language and its globals, and who may use them. */
const WORDS = [
  { word: /\bprocess\.(?:exit|reallyExit|abort)\b/g, within: ['src/cli/main.ts'], why: 'one file ends the process' },
  { word: /\bprocess\.argv\b/g, within: ['src/config/sources.ts'], why: 'options come through config/sources' },
  { word: /\bprocess\.env\b/g, within: ['src/config/sources.ts'], why: 'options come through config/sources' },
  {
    word: /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\b|\bset(?:Timeout|Interval)\b/g,
    only: ['src/http1/', 'src/config/'],
    within: [],
    why: 'clock and randomness are arguments of pure code',
  },
]

/** Files that are allowed what their place is not, each with its reason. An entry that is not needed is an offence too. */
const EXCEPTIONS = {
  'src/app/node/prepare.ts': { 'node:https': 'recognises an https.Server that an app hands over' },
  'src/app/node/exported-server.ts': { 'node:https': 'knows what an https.Server is like when nobody has changed it' },
  'src/app/perl/start.ts': { 'node:net': 'the private socket on which Perl children answer' },
  'src/app/perl/process.ts': {
    'node:child_process': 'starts the Perl process that forks the children',
    'node:net': 'the channel to a Perl process that is there already',
  },
  'src/http1/status.ts': { 'node:http': 'reason phrases (STATUS_CODES)' },
  'src/cli/control-client.ts': { 'node:http': 'asks a running server over its control socket' },
  'src/server/client.ts': { 'node:http': 'the client half of a test client; it never connects' },
  'src/supervisor/bound-handle.ts': { 'node:net': 'binds without listening; the descriptor goes to the workers' },
  'src/supervisor/resolve-host.ts': { 'node:net': 'isIP only' },
  'src/supervisor/unix-path.ts': { 'node:net': 'asks whether anybody answers on a left-over socket' },
  'src/supervisor/thread.ts': { 'process.exit': 'the end of a thread' },
  'src/supervisor/worker.ts': { 'process.exit': 'the end of a worker process, which has no main of the command' },
}

const used = new Set()
const offences = []

for (const file of filesBelow('src', '.ts')) {
  const source = textOf(file)
  for (const found of importsOf(source)) checkImport(file, source, found)
  for (const rule of WORDS) checkWord(file, codeOf(source), rule)
}
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

function checkWord(file, code, { word, within, only, why }) {
  if (only !== undefined && !only.some(place => file.startsWith(place))) return
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

function layerOf(path) {
  const [, folder, ...rest] = path.split('/')
  return rest.length === 0 ? folder.replace(/\.ts$/, '') : folder
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
