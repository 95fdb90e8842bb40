// Puts the built package's programs together in few files: dist/bundle. A worker that loads 130 modules one by one starts 65 ms later
// and keeps 2.4 MB more than one that loads a few large files (Node 20), and so does its master. Chunks are shared, so a module is
// one instance whoever imports it; what is imported on demand stays apart. All files lie in one folder: programs start
// each other by their place beside the file that asks (`besides`, the thread of the hooks).
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import { ROOT } from './files.mjs'

const PROGRAMS = {
  index: 'index',
  hono: 'hono',
  crossws: 'crossws',
  'socket.io': 'socket.io',
  main: 'cli/main',
  'compile-cache': 'app/load/compile-cache',
  'start-worker': 'supervisor/worker/start-worker',
  worker: 'supervisor/worker/worker',
  daemon: 'supervisor/master/daemon',
  thread: 'supervisor/worker/thread',
  'watchdog-thread': 'supervisor/worker/watchdog-thread',
  'hooks-thread': 'app/load/hooks/hooks-thread',
  'tls-reader': 'supervisor/tls/tls-reader',
}

/**
 * What each of these loads at its start, together, is put into one file for each set of them that shares it: `engine` is the worker's
 * and the master's. Left alone, the bundler makes a file for every set of all the places that import on demand: 36 files for a
 * worker in place of 9, and a server with one worker takes 60 to 90 ms more of CPU to start.
 */
const TOGETHER = {
  command: PROGRAMS.main,
  master: 'supervisor/master/master',
  engine: PROGRAMS.worker,
  hooks: PROGRAMS['hooks-thread'],
  watchdog: PROGRAMS['watchdog-thread'],
}

const built = path => join(ROOT, 'dist', `${path}.js`)
const programs = new Set(Object.values(PROGRAMS).map(built))
const closures = Object.entries(TOGETHER).map(([name, path]) => ({ name, files: closureOf(built(path)) }))

/** The file and all that it imports at its start. */
function closureOf(file, files = new Set()) {
  if (files.has(file) || !existsSync(file)) return files
  files.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, specifier] of text.matchAll(/^(?:import|export)[^'"();]*['"](\.[^'"]+)['"]/gm))
    closureOf(resolve(dirname(file), specifier), files)
  return files
}

/** Whoever imports a program would run it: nothing else is put into its file. */
function chunkOf(file) {
  if (programs.has(file)) return null
  const names = closures.filter(({ files }) => files.has(file)).map(({ name }) => name)
  return names.length === 0 ? null : names.join('-')
}

const dir = join(ROOT, 'dist', 'bundle')
rmSync(dir, { recursive: true, force: true })
const build = await rolldown({
  input: Object.fromEntries(Object.entries(PROGRAMS).map(([name, path]) => [name, built(path)])),
  preserveEntrySignatures: 'allow-extension',
  platform: 'node',
  external: ['jiti', 'hono/ws', 'socket.io-adapter'],
  treeshake: true,
})
await build.write({
  dir,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  comments: false,
  codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: chunkOf, debugName: 'together' }] },
})
await build.close()
