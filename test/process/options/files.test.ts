// What the options of src/config/options/files.ts do.
import assert from 'node:assert/strict'
import zlib from 'node:zlib'
import { FILE_OPTIONS } from '../../../src/config/options/files.ts'
import { effectsOf, type Row, type Served, type Setting, served } from './effects.ts'

const FILES = {
  'public/index.html': '<h1>index</h1>',
  'public/app.js': 'app',
  'public/app-3f2a9c1b.js': 'hashed',
  'other/b.txt': 'b',
  'secret.txt': 'secret',
}
const ONE: Setting = { files: FILES, args: ['--workers=1'] }
const group = (setting: Setting, ...row: Row<Served>) => served(setting, row)

/** The links are made before the server is asked, by nobody but the test. */
async function linked({ folder, ask }: Served): Promise<string> {
  const { symlinkSync } = await import('node:fs')
  symlinkSync('../secret.txt', `${folder}/public/link.txt`)
  return (await ask('/link.txt')).text
}

const cacheOf = async ({ ask }: Served, path: string): Promise<string | null> =>
  (await ask(path)).headers.get('cache-control')

/** A PSGI application that names the file in its query. */
const NAMING = `export default env => [200, ['X-Accel-Redirect', env.QUERY_STRING], ['own']]`

/** The coding of an answer of so many bytes. Node's fetch takes gzip and br; here all are asked for. */
async function codingOf({ ask }: Served, bytes = 5000): Promise<string | null> {
  const headers = { connection: 'close', 'accept-encoding': 'gzip, br, zstd' }
  return (await ask(`/large?${bytes}`, { method: 'HEAD', headers })).headers.get('content-encoding')
}
const hasZstd = 'createZstdCompress' in zlib
const coded =
  (coding: string | null, bytes = 5000) =>
  async (server: Served): Promise<void> =>
    assert.equal(await codingOf(server, bytes), coding)
const BY_ENVIRONMENT: Setting = { args: ['--workers=1'], env: { STARLIGHT_COMPRESS: 'gzip' } }

effectsOf(FILE_OPTIONS, [
  group({ args: ['--workers=1'] }, '--compress', 'the best that this Node has', coded(hasZstd ? 'zstd' : 'br')),
  group({ args: ['--workers=1'] }, '--compress=zstd', 'that, where Node has it', coded(hasZstd ? 'zstd' : null)),
  group({ args: ['--workers=1'] }, '--compress=br', 'that one', coded('br')),
  group({ args: ['--workers=1'] }, '--compress=gzip', 'that one', coded('gzip')),
  group(BY_ENVIRONMENT, '--compress=none', 'none, whatever the environment says', coded(null)),
  group(BY_ENVIRONMENT, '--compress-min-size=4k', 'shorter answers are left alone', async server => {
    assert.deepEqual([await codingOf(server, 4095), await codingOf(server, 4096)], [null, 'gzip'])
  }),
  group(BY_ENVIRONMENT, '--compress-min-size=0', 'short answers are compressed, too', coded('gzip', 1)),
  group(
    { files: { ...FILES, 'naming.mjs': NAMING }, args: ['--workers=1', 'naming.mjs'], app: '' },
    '--sendfile=/private=./other',
    'the file that the application names is sent, others are refused',
    async ({ ask, server }) => {
      assert.equal((await ask('/?/private/b.txt')).text, 'b')
      assert.equal((await ask('/?/public/app.js')).status, 500)
      await server.seen(/Refused to send "\/public\/app.js"/)
    },
  ),
  served(
    ONE,
    [
      '--static=./public',
      'its files are served, and all else by the application',
      async ({ ask }) => {
        const [index, script] = [await ask('/'), await ask('/app.js')]
        assert.deepEqual([index.text, script.text], ['<h1>index</h1>', 'app'])
        assert.equal(script.headers.get('content-type'), 'text/javascript; charset=utf-8')
        assert.match((await ask('/pid')).text, /^\d+$/)
        assert.match((await ask('/app.js', { method: 'POST', headers: { connection: 'close' } })).text, /^\d+\n$/)
      },
    ],
    [
      '--static=/assets=@/other',
      'one more below a path',
      async ({ ask }) => assert.equal((await ask('/assets/b.txt')).text, 'b'),
    ],
    [
      '--static-cache=*.html=max-age=60, public',
      'index.html may be kept for a minute',
      async server => {
        assert.equal(await cacheOf(server, '/'), 'max-age=60, public')
        assert.equal(await cacheOf(server, '/app.js'), 'no-cache')
        assert.match((await cacheOf(server, '/app-3f2a9c1b.js'))!, /immutable/)
      },
    ],
  ),
  group({ ...ONE, args: ['--workers=1', '--static=public'] }, '--static-symlinks', 'a link leads out', async server =>
    assert.equal(await linked(server), 'secret'),
  ),
  group(
    { ...ONE, args: ['--workers=1', '--static=public'], env: { STARLIGHT_STATIC_SYMLINKS: '1' } },
    '--no-static-symlinks',
    'no link leads out, whatever the environment says',
    async server => assert.match(await linked(server), /^\d+\n$/),
  ),
])
