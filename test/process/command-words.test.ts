// What people type, and what they are told when it cannot be: one sentence, never a stack.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../support/root.ts'
import { runStarlight, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { APP, ask, serve } from './supervisor-support.ts'

test('start, version, help and restart do what they say', async () => {
  const socket = join(temporaryFolder('test'), 'control')
  await using server = await startStarlight([
    'start',
    '--host=127.0.0.1',
    '--port=0',
    '--workers=1',
    `--control-socket=${socket}`,
    APP,
  ])
  assert.equal((await ask(server.url)).status, 200)
  const restarted = await runStarlight(['restart', `--control-socket=${socket}`])
  assert.deepEqual([restarted.code, restarted.stdout], [0, 'reload: done\n'])
  assert.match((await runStarlight(['version'])).stdout, /^Starlight\/\d/)
  assert.match((await runStarlight(['help'])).stdout, /^Usage: starlight /)
})

const BROKEN: readonly (readonly [name: string, file: string, text: string, said: RegExp])[] = [
  [
    'a pid file without a number',
    'pid',
    'abc\n',
    /Cannot use the pid file ".*pid": it holds "abc", a process id is needed/,
  ],
  ['TypeScript', 'c.ts', 'export default {\n  workers: 2\n  port: 1,\n}\n', /Cannot load ".*c\.ts": .* \(.*c\.ts:3\)/],
  [
    'JavaScript',
    'c.mjs',
    'export default {\n  workers: 2\n  port: 1,\n}\n',
    /Cannot load ".*c\.mjs": .* \(.*c\.mjs:3\)/,
  ],
  ['JSON', 'c.json', '{\n  "workers" 2 }\n', /Cannot read ".*c\.json": .*line 2,? column 13/],
]

for (const [name, file, text, said] of BROKEN) {
  test(`a mistake in a file is told with its place: ${name}`, async () => {
    const path = join(temporaryFolder('test'), file)
    writeFileSync(path, text)
    const args = file === 'pid' ? ['status', `--pid=${path}`] : [`--config=${path}`, '--print-config']
    const { code, stderr } = await runStarlight(args)
    assert.equal(code, 2, stderr)
    assert.match(stderr, said)
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
  })
}

test('a pid file that is missing is named', async () => {
  const { code, stderr } = await runStarlight(['status', `--pid=${join(temporaryFolder('test'), 'none')}`])
  assert.equal(code, 1)
  assert.match(
    stderr,
    /^starlight: Cannot read the pid file ".*none": there is no such file; is the server running\?\n$/,
  )
})

for (const program of ['starlight', 'starlight-starter']) {
  test(`${program} refuses an old Node in one sentence, before it loads anything`, async () => {
    // Node 18 itself is not at hand everywhere: this one says that it is that.
    const preload = join(temporaryFolder('test'), 'old.cjs')
    writeFileSync(
      preload,
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } })\nprocess.getBuiltinModule = undefined\n",
    )
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--require', preload, join(ROOT, 'bin', `${program}.js`), '--help'],
      { encoding: 'utf8' },
    )
    assert.equal(status, 2)
    assert.equal(stderr, 'starlight: Cannot run on Node 18.20.8: Node 20.19 or later is needed\n')
  })
}

test('what runs before the check of the version is JavaScript that old versions parse', () => {
  for (const file of ['starlight.js', 'starlight-starter.js', 'node-version.js']) {
    const text = readFileSync(join(ROOT, 'bin', file), 'utf8')
    assert.doesNotMatch(text, /^await |\?\.|\?\?|node:|\bimport .*dist/m, file)
  }
})

const hasScript = spawnSync('script', ['--version']).status === 0

for (const [key, bytes] of [
  ['q', 'q'],
  ['Ctrl-C', '\x03'],
] as const) {
  test(`${key} ends top, and the terminal is as before`, {
    skip: hasScript ? false : 'script(1) is needed',
  }, async t => {
    const socket = join(temporaryFolder('test'), 'control')
    await serve(t, ['--workers=1', `--control-socket=${socket}`])
    const command = `stty -g; ${process.execPath} ${join(ROOT, 'bin', 'starlight.js')} top --control-socket=${socket}; echo code $?; stty -g`
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
    let text = ''
    let isTyped = false
    child.stdout.setEncoding('utf8').on('data', piece => {
      text += piece
      if (!isTyped && text.includes('q quits')) {
        isTyped = true
        child.stdin.write(bytes)
      }
    })
    await once(child, 'close')
    assert.match(text, /\x1b\[\?25h\x1b\[\?1049l[^\x1b]*code 0/)
    const [before, after] = text.match(/[0-9a-f]+(?::[0-9a-f]+){10,}/g) ?? []
    assert.equal(after, before)
  })
}

const hasZsh = spawnSync('zsh', ['--version']).status === 0

test('source <(starlight --completion=zsh) makes a completion', { skip: hasZsh ? false : 'zsh is needed' }, () => {
  const command = `source <(${process.execPath} ${join(ROOT, 'bin', 'starlight.js')} --completion=zsh); print "made: $_comps[starlight]"`
  const { status, stdout, stderr } = spawnSync('zsh', ['-f', '-c', command], { encoding: 'utf8' })
  assert.deepEqual([stdout, stderr, status], ['made: _starlight\n', '', 0])
})
