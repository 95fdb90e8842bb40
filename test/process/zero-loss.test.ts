// The promise of the whole project in one test: whatever happens to workers and master, no request fails, none comes twice.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { type StarlightProcess, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { askingClient, type Load, pipeliningClient, uploadingClient } from './load-clients.ts'
import { fixture } from './supervisor-support.ts'

/** Longer in bench/zero-loss. */
const SECONDS = Number(process.env['STARLIGHT_ZERO_LOSS_SECONDS'] ?? 60)
const RELOADED = /Reloaded: all workers/
const RUN = promisify(execFile)

test(`no request fails or comes twice in ${SECONDS} s of HUP, TTIN, TTOU, USR2 and recycling`, async t => {
  let stop = async (): Promise<unknown> => undefined
  t.after(() => stop())
  const directory = temporaryFolder('test')
  const book = join(directory, 'book')
  const pidFile = join(directory, 'pid')
  const pid = (): number => Number(readFileSync(pidFile, 'utf8'))
  const args = ['--host=127.0.0.1', '--port=0', '--workers=2', '--max-reqs-per-child=200', '--min-reqs-per-child=150']
  const server = await startStarlight([...args, `--pid=${pidFile}`, fixture('counting-app.mjs')], {
    env: { BOOK: book },
  })
  stop = async () => {
    process.kill(pid(), 'SIGKILL')
    return await server.stop('SIGKILL')
  }
  let isOver = false
  let requests = 0
  const failures: string[] = []
  const load: Load = {
    port: server.port,
    isOver: () => isOver || failures.length > 20,
    next: () => ++requests,
    failed: what => failures.push(what),
  }
  const [wrk] = await Promise.all([
    wrkRuns(t, server),
    askingClient(load, true),
    askingClient(load, true),
    askingClient(load, false),
    pipeliningClient(load),
    uploadingClient(load, 10),
    disturb(pid, load)
      .then(() => reload(server, pid))
      .finally(() => {
        isOver = true
      }),
  ])
  assert.deepEqual(failures, [])
  const ids = readFileSync(book, 'utf8').trim().split('\n').map(Number)
  const ours = ids.filter(id => id > 0).sort((a, b) => a - b)
  assert.deepEqual(
    ours,
    Array.from({ length: requests }, (_, i) => i + 1),
  )
  t.diagnostic(`${requests} requests of ours, ${wrk} of wrk; ${reloads(server)} reloads came to their end`)
  assert.doesNotMatch(server.stderr, /The reload is stopped/)
  assert.match(server.stderr, /Upgraded: the new master/)
})

/** A reload that no other overtakes comes to its end, however loaded the workers are. A master that is handing over begins none. */
async function reload(server: StarlightProcess, pid: () => number): Promise<void> {
  await server.seen(/Upgraded: the new master/)
  const from = server.stderr.length
  process.kill(pid(), 'SIGHUP')
  await server.seen(RELOADED, from)
}

/** HUP each second, one worker more and one less in between, and one upgrade of the whole server in the middle. */
async function disturb(pid: () => number, load: Load): Promise<void> {
  const turns = SECONDS * 2
  for (let i = 0; i < turns && !load.isOver(); i++) {
    await new Promise(resolve => setTimeout(resolve, 500))
    const signal = i % 2 === 0 ? 'SIGHUP' : i % 4 === 1 ? 'SIGTTIN' : 'SIGTTOU'
    process.kill(pid(), i === Math.floor(turns / 2) ? 'SIGUSR2' : signal)
  }
}

function reloads(server: StarlightProcess): number {
  return server.stderr.split(RELOADED).length - 1
}

/** Requests of wrk on kept connections, then on new ones. Where there is no wrk, its part is left out with a line. */
async function wrkRuns(t: TestContext, server: StarlightProcess): Promise<number> {
  const half = ['-t1', '-c4', `-d${Math.max(1, Math.floor(SECONDS / 2) - 1)}s`, '--timeout=20s']
  let requests = 0
  for (const fields of [[], ['-H', 'Connection: close']]) {
    const { stdout } = await RUN('wrk', [...half, ...fields, `${server.url}/?id=0`]).catch(error => {
      if (error.code !== 'ENOENT' || process.env['STARLIGHT_NEEDS_PERL'] !== undefined) throw error
      t.diagnostic('wrk is not installed: its part is left out')
      return { stdout: '0 requests in' }
    })
    assert.doesNotMatch(stdout, /Socket errors|Non-2xx/, stdout)
    requests += Number(/(\d+) requests in/.exec(stdout)?.[1])
  }
  return requests
}
