// Puts the built package's programs together in few files: dist/bundle. A worker that loads 130 modules one by one starts 65 ms later
// and keeps 2.4 MB more than one that loads a few large files (Node 20), and so does its master. Chunks are shared, so a module is
// one instance whoever imports it; what is imported on demand stays apart. All files lie in one folder: programs start
// each other by their place beside the file that asks (`besides`, the thread of the hooks).
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { ROOT } from './files.mjs'

const PROGRAMS = {
  index: 'index',
  main: 'cli/main',
  worker: 'supervisor/worker/worker',
  daemon: 'supervisor/master/daemon',
  thread: 'supervisor/worker/thread',
  'watchdog-thread': 'supervisor/worker/watchdog-thread',
  'hooks-thread': 'app/load/hooks/hooks-thread',
}

const dir = join(ROOT, 'dist', 'bundle')
rmSync(dir, { recursive: true, force: true })
const build = await rolldown({
  input: Object.fromEntries(Object.entries(PROGRAMS).map(([name, path]) => [name, join(ROOT, 'dist', `${path}.js`)])),
  platform: 'node',
  external: ['jiti'],
  treeshake: true,
})
await build.write({
  dir,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  comments: false,
})
await build.close()
