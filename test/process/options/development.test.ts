// What the options of src/config/options/development.ts do.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEVELOPMENT_OPTIONS } from '../../../src/config/options/development.ts'
import type { StarlightProcess } from '../../support/starlight-process.ts'
import { until } from '../supervisor-support.ts'
import { effectsOf, type Served, type Setting, served } from './effects.ts'

const says = (text: string): string => `export default env => [200, [], ['${text}']]\n`
const HERE: Setting = {
  app: 'app.mjs',
  files: { 'app.mjs': says('one'), 'views/page.txt': 'one' },
  args: ['--workers=1'],
}
/** Files that belong to the application only when they are named. */
const VIEWS: Setting = {
  ...HERE,
  app: 'site/app.mjs',
  files: { 'site/app.mjs': says('one'), 'views/page.txt': 'one', 'texts/page.txt': 'one' },
}

const reloads = async ({ ask, folder }: Served): Promise<void> => {
  assert.equal((await ask()).text, 'one')
  writeFileSync(join(folder, 'app.mjs'), says('two'))
  await until(async () => (await ask()).text === 'two', 'the new code answers')
}

const watches = async ({ server, folder }: Served): Promise<void> => {
  for (const name of ['views', 'texts']) {
    const from = server.stderr.length
    writeFileSync(join(folder, name, 'page.txt'), 'two')
    await server.seen(/Reloaded: all workers run the new code/, from)
  }
}

/** Ports of the inspectors that have said where they listen. */
function inspectors(server: StarlightProcess): Set<string> {
  return new Set(
    [...server.stderr.matchAll(/Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)\//g)].map(([, port]) => port!),
  )
}

async function opensOne({ server }: Served): Promise<void> {
  const [port, ...others] = inspectors(server)
  assert.deepEqual(others, [])
  const targets = await fetch(`http://127.0.0.1:${port}/json/list`)
  assert.equal(targets.status, 200)
}

effectsOf(DEVELOPMENT_OPTIONS, [
  served(
    { args: ['--workers=2'] },
    [
      '--inspect=0',
      'each worker has an inspector on a port of its own',
      ({ server }) => assert.equal(inspectors(server).size, 2),
    ],
    ['--inspect-worker=0', 'it is all of them', ({ server }) => assert.equal(inspectors(server).size, 2)],
  ),
  served({ args: ['--workers=2', '--inspect=127.0.0.1:0'] }, [
    '--inspect-worker=2',
    'one worker has an inspector',
    opensOne,
  ]),
  served(HERE, ['--reload', 'a file that changes starts new workers', reloads]),
  served(HERE, ['-r', 'the same as --reload', reloads]),
  served(HERE, ['--watch', 'the same as --reload', reloads]),
  served({ ...HERE, env: { STARLIGHT_RELOAD: '1' } }, [
    '--no-reload',
    'the old code serves on, whatever the environment says',
    async ({ ask, folder, server }) => {
      writeFileSync(join(folder, 'app.mjs'), says('two'))
      assert.equal((await ask()).text, 'one')
      server.signal('SIGHUP')
      await server.seen(/Reloaded: all workers run the new code/)
      assert.doesNotMatch(server.stderr, /app\.mjs" has changed/)
    },
  ]),
  served(VIEWS, ['--reload-paths=views,texts', 'these are watched, too', watches]),
  served(VIEWS, [['-R', 'views,texts'], 'the same as --reload-paths', watches]),
  served(VIEWS, [['--Reload', 'views,texts'], 'the same as --reload-paths', watches]),
])
