// The server on Windows: win32 Node under Wine. docs/windows.md says which of the other process tests have no meaning there, and why.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { writeCertificate } from '../support/certificate.ts'
import { ROOT } from '../support/root.ts'
import { skip, Windows } from '../support/windows.ts'
import { app, ask, KINDS, LOCAL, serve, underLoad, workersOf } from './windows-support.ts'

let windows: Windows
describe('win32 Node under Wine serves', { skip }, () => {
  before(() => {
    windows = new Windows()
  })
  after(() => windows.close())

  test('workers serve TCP, IPv6 and TLS from a directory with spaces and a config file with CRLF', async t => {
    const directory = join(windows.folder, 'my application')
    mkdirSync(directory)
    writeCertificate(directory)
    writeFileSync(
      join(directory, 'app.ts'),
      readFileSync(join(ROOT, 'test/fixtures/windows/fetch.ts'), 'utf8').replaceAll('\n', '\r\n'),
    )
    const tls = 'https://127.0.0.1:0?key=server.key&cert=server.crt'
    const lines = [
      'export default {',
      `  listen: ['127.0.0.1:0', '[::1]:0', '${tls}'],`,
      '  workers: 2,',
      "  accessLog: 'access.log',",
      "  pid: 'server.pid',",
      '}',
      '',
    ]
    writeFileSync(join(directory, 'starlight.config.ts'), lines.join('\r\n'))
    const { server, command } = await serve(windows, t, ['--app=app.ts'], { cwd: directory })
    assert.equal(server.urls.length, 3)
    for (const url of server.urls) {
      assert.match((await ask(url)).text, /^fetch win32 \d+$/)
      assert.equal((await ask(`${url}/large`)).text.length, 3_000_000)
      assert.equal((await ask(`${url}/length`, { method: 'POST', body: Buffer.alloc(1_000_000) })).text, '1000000')
    }
    assert.match(readFileSync(join(directory, 'server.pid'), 'utf8'), /^\d+\n$/)
    const stopped = await command('stop')
    assert.deepEqual([stopped.code, stopped.output], [0, 'stop: done\n'])
    assert.equal((await server.ended).code, 0)
    assert.equal(readFileSync(join(directory, 'access.log'), 'utf8').trim().split('\n').length, 9)
    assert.throws(() => readFileSync(join(directory, 'server.pid')), /ENOENT/)
  })

  for (const [file, expected] of KINDS)
    for (const workers of [0, 1])
      test(`--workers=${workers} serves ${file}`, async t => {
        const { server } = await serve(windows, t, [...LOCAL, `--workers=${workers}`, app(file)])
        assert.match((await ask(server.url)).text, expected)
      })

  for (const [file, expected] of KINDS)
    test(`--threads=2 serves ${file}`, async t => {
      const { server } = await serve(windows, t, [...LOCAL, '--threads=2', app(file)])
      assert.match((await ask(server.url)).text, expected)
    })

  test('threads serve TLS, IPv6 and large bodies, and a reload under load costs no client an answer', async t => {
    writeCertificate(windows.folder)
    const tls = '--listen=https://127.0.0.1:0?key=server.key&cert=server.crt'
    const { server, command } = await serve(windows, t, ['--listen=[::1]:0', tls, '--threads=2', app('fetch.ts')])
    assert.equal(server.urls.length, 2)
    for (const url of server.urls) {
      assert.equal((await ask(`${url}/client`)).text, new URL(url).hostname.replace(/[[\]]/g, ''))
      assert.equal((await ask(`${url}/large`)).text.length, 3_000_000)
      assert.equal((await ask(`${url}/length`, { method: 'POST', body: Buffer.alloc(1_000_000) })).text, '1000000')
    }
    const { answers, failures } = await underLoad(server.url, async () => {
      const { code, output } = await command('reload')
      assert.equal(code, 0, output)
    })
    assert.deepEqual(failures, [])
    t.diagnostic(`${answers.length} answers, 0 failures`)
    assert.equal((await command('stop')).code, 0)
    assert.equal((await server.ended).code, 0)
  })

  test('a reload, a scale and spent workers under load cost no client an answer', async t => {
    const { server, command } = await serve(windows, t, [
      ...LOCAL,
      '--workers=2',
      '--max-reqs-per-child=100',
      app('fetch.ts'),
    ])
    const before = await workersOf(command)
    const { answers, failures } = await underLoad(server.url, async () => {
      for (const words of [['reload'], ['scale', '3'], ['scale', '2'], ['reload']]) {
        const { code, output } = await command(...words)
        assert.equal(code, 0, `${words.join(' ')}: ${output}`)
      }
      await server.seen(/was replaced \(budget\)/)
    })
    assert.deepEqual(failures, [])
    assert.ok(new Set(answers).size > 2)
    t.diagnostic(`${answers.length} answers of ${new Set(answers).size} workers, 0 failures`)
    const now = await workersOf(command)
    assert.ok(now.every(pid => !before.includes(pid)))
  })

  test('a worker that is killed under load is replaced, and costs what it had in hand', async t => {
    const { server, command } = await serve(windows, t, [...LOCAL, '--workers=2', app('fetch.ts')])
    const [victim = 0] = await workersOf(command)
    const { answers, failures } = await underLoad(server.url, async () => {
      await windows.start(['-e', `process.kill(${victim}, 'SIGKILL')`]).ended
      await server.seen(new RegExp(`worker ${victim} .*`))
      while ((await workersOf(command)).length < 2);
    })
    assert.ok(failures.length <= 4, `${failures.length} of 4 clients were cut`)
    t.diagnostic(`${answers.length} answers, ${failures.length} cut by the kill`)
    assert.ok(!(await workersOf(command)).includes(victim))
  })
})
