import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask } from './supervisor-support.ts'

const FILES = 300
const FILES_AT_A_TIME = 20

/** Pipes files of 1 MiB beside 30 MB of other data; V8 writes why and when it begins to mark the heap, and gc() divides what it writes. */
const APP = `import { createReadStream } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
export const ballast = Array.from({ length: 300_000 }, (_, i) => ({ i, name: 'name ' + i }))
for (const flag of ['--expose-gc', '--trace-gc', '--trace-incremental-marking']) setFlagsFromString(flag)
const gc = runInNewContext('gc')
export default (req, res) => {
  if (req.url === '/gc') res.end(String(gc()))
  else if (req.url === '/undo') res.end(String(setFlagsFromString('--incremental-marking-hard-trigger=0')))
  else createReadStream(new URL('file', import.meta.url)).pipe(res)
}`

/** V8 begins by itself, at a size and below a limit, in MB. It also does when much external memory came at once: no flag changes that. */
const START =
  /\[IncrementalMarking\] Start \((?:allocation limit|task)\): .* v8: (\d+)MB \/ (?:\d+MB \/ )?(\d+)MB \/ \d+MB global/
const MARKED = /Mark-Compact .*?-> ([\d.]+) /
const BY_GC = /Mark-Compact .*testing/

interface Start {
  /** Size after the mark before this one, size now, limit: MB. */
  readonly base: number
  readonly size: number
  readonly limit: number
}

/** What V8 wrote, in the parts that gc() makes: when it began to mark. */
function startsIn(stdout: string): Start[][] {
  const parts: Start[][] = [[]]
  let base = 0
  for (const line of stdout.split('\n')) {
    const [, size, limit] = START.exec(line) ?? []
    if (size !== undefined) parts.at(-1)?.push({ base, size: Number(size), limit: Number(limit) })
    base = Number(MARKED.exec(line)?.[1] ?? base)
    if (BY_GC.test(line)) parts.push([])
  }
  return parts
}

/** Sizes are written in whole megabytes. */
const ROUNDING_MB = 2

function isEarly({ base, size, limit }: Start): boolean {
  return limit - size > (limit - base) / 5 + ROUNDING_MB
}

test('a worker marks its heap when four fifths of the growth are used up, where V8 would at once', async t => {
  const directory = temporaryFolder('test')
  const app = join(directory, 'app.mjs')
  writeFileSync(app, APP)
  writeFileSync(join(directory, 'file'), Buffer.alloc(2 ** 20, 'x'))
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', app])
  t.after(() => server.stop('SIGKILL'))
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  t.after(() => agent.destroy())
  const askFor = async (path: string): Promise<unknown> => await ask(server.url + path, { agent })
  const askForFiles = async (count: number): Promise<void> => {
    await Promise.all(Array.from({ length: count }, () => askFor('/file')))
  }
  await askForFiles(FILES_AT_A_TIME)
  await askFor('/gc')
  await askForFiles(FILES)
  await askFor('/gc')
  await askFor('/undo')
  while (!startsIn(server.stdout)[2]?.some(isEarly)) await askForFiles(FILES_AT_A_TIME)
  const [, ours = []] = startsIn(server.stdout)
  assert.deepEqual(ours.filter(isEarly), [])
})
