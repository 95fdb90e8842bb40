import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { startStarlight } from '../support/starlight-process.ts'
import { ask, temporaryDirectory } from './supervisor-support.ts'

const FILES = 500

/** Pipes files of 1 MiB beside 30 MB of other data, counts how often the whole heap was marked, and knows V8's own way. */
const APP = `import { createReadStream } from 'node:fs'
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
export const ballast = Array.from({ length: 300_000 }, (_, i) => ({ i, name: 'name ' + i }))
let marks = 0
new PerformanceObserver(list => {
  for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) marks++
}).observe({ entryTypes: ['gc'] })
export default (req, res) => {
  if (req.url === '/marks') res.end(String(marks))
  else if (req.url === '/undo') res.end(String(setFlagsFromString('--incremental-marking-hard-trigger=0')))
  else createReadStream(new URL('file', import.meta.url)).pipe(res)
}`

// Before Node 24 V8 collects buffers with the young generation, most of the time.
const skip = Number(process.versions.node.split('.')[0]) < 24 && 'the heap is rarely marked for buffers'

test('a worker whose application streams marks its heap much less often than V8 would', { skip }, async t => {
  const directory = temporaryDirectory(t)
  const app = join(directory, 'app.mjs')
  writeFileSync(app, APP)
  writeFileSync(join(directory, 'file'), Buffer.alloc(2 ** 20, 'x'))
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', app])
  t.after(() => server.stop('SIGKILL'))
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  t.after(() => agent.destroy())
  const text = async (path: string): Promise<string> => (await ask(server.url + path, { agent })).body
  const marksOfFiles = async (): Promise<number> => {
    const before = Number(await text('/marks'))
    await Promise.all(Array.from({ length: FILES }, () => text('/file')))
    return Number(await text('/marks')) - before
  }
  await marksOfFiles()
  const ours = await marksOfFiles()
  await text('/undo')
  const its = await marksOfFiles()
  assert.ok(ours * 5 < its * 4, `${ours} marks where V8 would mark ${its} times`)
  t.diagnostic(`${ours} marks where V8 would mark ${its} times`)
})
