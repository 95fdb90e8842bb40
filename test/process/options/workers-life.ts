// What the options do that say how workers start and end.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, StarlightProcess } from '../../support/starlight-process.ts'
import { until } from '../supervisor-support.ts'
import { asking, type Group, own, type Row, type Served, type Setting, served } from './effects.ts'
import { gated, open, started, starts } from './gate.ts'

const group = (setting: Setting, ...row: Row<Served>) => served(setting, row)
const ONE = { args: ['--workers=1'] }
const TWO = ['--workers=2']

/** Both replacements load at the same time. */
const together = async ({ server, folder }: Served): Promise<void> => {
  server.signal('SIGHUP')
  await started(folder, 4)
  open(folder)
  await server.seen(/Reloaded: all workers run the new code/)
}

const APP = 'export default () => [200, [], ["served"]]\n'
const FAILING: Setting = { args: ['--workers=1'], app: 'app.mjs', files: { 'app.mjs': APP } }

/** The only worker dies, and no other one can start. */
function fails({ server, folder }: Served): void {
  writeFileSync(join(folder, 'app.mjs'), 'throw new Error("on purpose")\n')
  process.kill(server.workers()[0] ?? 0, 'SIGKILL')
}

/** Sends TERM while a request is worked on that will not end: the application has told that it has it. */
async function ends({ server, connect }: Served): Promise<void> {
  const client = await connect()
  await client.send('GET /never HTTP/1.1\r\nHost: a\r\n\r\n')
  await server.printed(/never/)
  server.signal('SIGTERM')
  await client.ended()
  assert.deepEqual(await server.exited, { code: 0, signal: null })
}

const blocks = async ({ ask, server }: Served): Promise<number> => {
  const [worker = 0] = server.workers()
  // The watchdog's thread has to have started.
  assert.equal((await ask('/slow')).status, 200)
  await assert.rejects(ask('/block?60000'))
  await until(() => !isAlive(worker), 'it is killed')
  return worker
}

const HANGS: Setting = { app: 'app.mjs', files: { 'app.mjs': APP }, args: ['--workers=1', '--pid=@/pid'] }

export const LIFE: readonly Group[] = [
  group(gated(2, [...TWO]), '--restart-batch=2', 'two are replaced at a time', together),
  group(gated(2, [...TWO, '--restart-batch=2']), '--spawn-interval=0', 'without a pause', together),
  group(gated(9, [...TWO, '--restart-batch=2']), '--spawn-interval=5', 'with a pause', async ({ server, folder }) => {
    server.signal('SIGHUP')
    await server.seen(/Reloaded: all workers run the new code/)
    const [third = 0, fourth = 0] = starts(folder).slice(2)
    // The first one may have been slow to load.
    assert.ok(fourth - third > 1000, `${fourth - third} ms`)
  }),
  ...['3600', '0'].map(delay =>
    group(
      ONE,
      `--main-process-delay=${delay}`,
      'has no effect: a dead worker is replaced at once',
      async ({ server }) => {
        const [worker = 0] = server.workers()
        process.kill(worker, 'SIGKILL')
        await until(() => server.workers().some(pid => pid !== worker), 'another one')
      },
    ),
  ),
  group(FAILING, '--fail-fast', 'the server ends', async context => {
    fails(context)
    assert.equal((await context.server.exited).code, 5)
  }),
  group({ ...FAILING, env: { STARLIGHT_FAIL_FAST: '1' } }, '--no-fail-fast', 'the server goes on', async context => {
    fails(context)
    await until(() => (context.server.stderr.match(/Error: on purpose/g)?.length ?? 0) > 5, 'six failures')
    writeFileSync(join(context.folder, 'app.mjs'), APP)
    assert.equal((await context.ask()).text, 'served')
  }),
  group(ONE, '--graceful-timeout=0.5', 'a request that does not end is cut', ends),
  group(ONE, '--graceful-timeout=0', 'it is cut at once', ends),
  group(ONE, '--drain-delay=3600', 'everything is served after TERM, until the next one', async ({ server, ask }) => {
    server.signal('SIGTERM')
    await server.seen(/Stopping in 3600 s/)
    assert.equal((await ask()).status, 200)
    assert.deepEqual(await server.stop('SIGINT'), { code: 0, signal: null })
  }),
  group(ONE, '--drain-delay=0', 'nothing is accepted after TERM, while a request is in work', async context => {
    const client = await context.connect()
    await client.send('GET /never HTTP/1.1\r\nHost: a\r\n\r\n')
    await context.server.printed(/never/)
    context.server.signal('SIGTERM')
    const isRefused = (): Promise<boolean> =>
      context.ask().then(
        () => false,
        () => true,
      )
    await until(isRefused, 'the port is closed')
  }),
  group(
    { ...HANGS },
    '--upgrade-timeout=1',
    'a new master that does not serve is killed',
    async ({ server, folder, ask }) => {
      writeFileSync(join(folder, 'app.mjs'), 'setInterval(() => undefined, 1000); await new Promise(() => undefined)\n')
      server.signal('SIGUSR2')
      await server.seen(/The upgrade is stopped: the new master did not serve within 1 s/)
      assert.equal((await ask()).text, 'served')
    },
  ),
  own(gated(1, ['--host=127.0.0.1', '--port=0', '--workers=1']), [
    '--upgrade-timeout=0',
    'a new master may take any time',
    async ({ args, options, folder }, t) => {
      const server = new StarlightProcess(args, options)
      await server.seen(/serving/)
      server.signal('SIGUSR2')
      const [, pid = ''] = await server.seen(/the new master (\d+) starts/)
      t.after(() => process.kill(Number(pid), 'SIGKILL'))
      await started(folder, 2)
      open(folder)
      await server.seen(/Upgraded/)
    },
  ]),
  own(gated(0, ['--host=127.0.0.1', '--port=0', '--workers=1']), [
    '--boot-timeout=1',
    'a worker that does not load is killed',
    async ({ args, options }, t) => {
      const server = new StarlightProcess(args, options)
      t.after(() => server.stop('SIGKILL'))
      await server.seen(/was not ready within 1 s/)
    },
  ]),
  own(gated(0, ['--host=127.0.0.1', '--port=0', '--workers=1']), [
    '--boot-timeout=0',
    'a worker may take any time',
    async ({ args, options, folder }, t) => {
      const server = new StarlightProcess(args, options)
      t.after(() => server.stop('SIGKILL'))
      await started(folder, 1)
      open(folder)
      await server.seen(/serving/)
      assert.equal((await asking(server, t).ask()).status, 200)
    },
  ]),
  group(ONE, '--worker-timeout=2', 'a blocked worker is replaced', async context => {
    const worker = await blocks(context)
    await context.server.seen(new RegExp(`worker ${worker} .*has not reported for 2 s`, 'i'))
    assert.equal((await context.ask('/pid')).status, 200)
  }),
  group(
    { args: ['--workers=1', '--worker-timeout=8'], env: { STARLIGHT_WATCHDOG: '0' } },
    '--watchdog',
    'its stack is logged',
    async context => {
      await blocks(context)
      await context.server.seen(/is blocked, serving GET \/block\?60000[\s\S]*at \/block/)
    },
  ),
  group({ args: ['--workers=1', '--worker-timeout=8'] }, '--no-watchdog', 'its stack is not', async context => {
    await blocks(context)
    assert.doesNotMatch(context.server.stderr, /at \/block/)
  }),
]
