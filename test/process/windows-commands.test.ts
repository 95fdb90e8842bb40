// Commands, configuration and limits on Windows: win32 Node under Wine.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ROOT } from '../support/root.ts'
import { skip, Windows, WindowsProcess, windowsPath } from '../support/windows.ts'
import { app, ask, LOCAL, serve, workersOf } from './windows-support.ts'

let windows: Windows
describe('win32 Node under Wine obeys', { skip }, () => {
  before(() => {
    windows = new Windows()
  })
  after(() => windows.close())
  test('status, ps, stack, drain and reopen reach the server; upgrade is refused', async t => {
    const { server, command } = await serve(windows, t, [...LOCAL, '--workers=1', app('fetch.ts')])
    assert.match((await command('status')).output, /1\/1 workers ready, generation 0/)
    const [worker = 0] = await workersOf(command)
    assert.match((await command('stack')).output, new RegExp(`worker ${worker}\n`))
    assert.deepEqual(await command('reopen'), { code: 0, output: 'reopen: done\n' })
    assert.equal((await command('drain', String(worker))).code, 0)
    assert.ok(!(await workersOf(command)).includes(worker))
    const upgrade = await command('upgrade')
    assert.equal(upgrade.code, 2)
    assert.match(upgrade.output, /^starlight: Cannot upgrade: .* reload is needed/)
    assert.equal((await ask(server.url)).status, 200)
  })

  test('a command finds the only server by itself', async t => {
    const server = await windows.serve([...LOCAL, '--workers=1', app('fetch.ts')])
    t.after(() => server.child.kill('SIGKILL'))
    assert.match((await windows.run(['ps'])).output, /serving {2}1 workers? .*fetch\.ts/)
    assert.equal((await windows.run(['stop'])).code, 0)
    assert.equal((await server.ended).code, 0)
    assert.match((await windows.run(['status'])).output, /Cannot find a server/)
  })

  test('--reload takes a source that has changed', async t => {
    const file = join(windows.folder, 'changing.mjs')
    const source = (word: string): string => `export default () => [200, [], ['${word}']]\n`
    writeFileSync(file, source('one'))
    const { server } = await serve(windows, t, [...LOCAL, '--workers=1', '-r', windowsPath(file)])
    assert.equal((await ask(server.url)).text, 'one')
    writeFileSync(file, source('two'))
    await server.seen(/Reloaded: all workers run the new code/)
    assert.equal((await ask(server.url)).text, 'two')
  })

  test('--timeout ends clients that are silent, and a limit refuses what is too large', async t => {
    const { server } = await serve(windows, t, [
      ...LOCAL,
      '--workers=1',
      '--head-timeout=1',
      '--limit-request-body=10',
      app('fetch.ts'),
    ])
    assert.equal((await ask(`${server.url}/length`, { method: 'POST', body: Buffer.alloc(11) })).status, 413)
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => undefined)
    let text = ''
    socket.on('data', data => {
      text += data
    })
    socket.write('GET / HTTP/1.1\r\n')
    await once(socket, 'close')
    assert.match(text, /^HTTP\/1\.1 408 /)
  })

  test('--check-config, --print-config, --version and fetch', async () => {
    assert.deepEqual([(await windows.run(['--check-config', app('psgi.mjs')])).code], [0])
    assert.match((await windows.run(['--print-config', '--chdir=C:\\', app('psgi.mjs')])).output, /round-robin/)
    assert.match((await windows.run(['--version'])).output, /^Starlight\/\d/)
    assert.match((await windows.run(['fetch', '/', app('psgi.mjs')])).output, /psgi win32/)
  })

  test('names of variables have no case, and paths begin with a drive or with two backslashes', async t => {
    const unc = `\\\\?\\${app('psgi.mjs')}`
    const { server } = await serve(windows, t, [...LOCAL, `--app=${unc}`], { env: { Starlight_Workers: '1' } })
    assert.match(server.output, /with 1 worker/)
    assert.match((await ask(server.url)).text, /^psgi win32/)
  })

  for (const [words, sentence] of [
    [['--daemonize'], /^Cannot use --daemonize: this system has no daemons, a service wrapper is needed/],
    [['--socket=app.sock'], /^Cannot listen on "unix:.*": there are no Unix sockets here, HOST:PORT is needed/],
    [['--interface=perl', '-e', 'sub {}'], /^Cannot run a Perl application: its children need fork\(2\)/],
  ] as const)
    test(`${words.join(' ')} is refused with exit code 2`, async () => {
      const { code, output } = await windows.run([...words])
      assert.equal(code, 2)
      assert.match(output.replace(/^starlight: /, ''), sentence)
    })

  test('sockets of Server::Starter are refused, and starlight-starter as well', async () => {
    const given = await windows.run([app('psgi.mjs')], { env: { SERVER_STARTER_PORT: '127.0.0.1:80=4' } })
    assert.equal(given.code, 2)
    assert.match(
      given.output,
      /Cannot use the sockets of SERVER_STARTER_PORT or LISTEN_FDS: none can be inherited here/,
    )
    const starter = await windows.start([windowsPath(join(ROOT, 'bin/starlight-starter.js')), '--', 'node']).ended
    assert.equal(starter.code, 2)
    assert.match(starter.output, /Cannot start: a program cannot inherit sockets here/)
  })

  test('CTRL+C in a console ends the server, which answers what is in work', async t => {
    const output = join(windows.folder, 'console')
    writeFileSync(output, '')
    const words = windows.command([
      windowsPath(join(ROOT, 'bin/starlight.js')),
      ...LOCAL,
      '--workers=1',
      app('fetch.ts'),
    ])
    const line = `exec ${words.map(word => `'${word}'`).join(' ')} > ${output} 2>&1`
    // script(1) gives Wine a terminal, from which it makes a console.
    const console = spawn('script', ['-qec', line, '/dev/null'], {
      env: windows.environment(),
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    t.after(() => console.kill('SIGKILL'))
    const ended = once(console, 'exit')
    const server = new WindowsProcess(console, output)
    await server.seen(/serving .* on http:/)
    const answer = ask(`${server.url}/slow`)
    await server.seen(/slow begins/)
    console.stdin.write('\x03')
    assert.equal((await answer).text, 'slow')
    assert.deepEqual(await ended, [0, null])
  })

  test("npm's .cmd shim starts the command", async () => {
    const shim = join(windows.folder, 'starlight.cmd')
    const [, node = ''] = windows.command([])
    const program = windowsPath(join(ROOT, 'bin', 'starlight.js'))
    writeFileSync(shim, `@ECHO off\r\n"${windowsPath(node)}" "${program}" %*\r\n`)
    const { code, output } = await windows.startProgram(['cmd', '/c', windowsPath(shim), '--version']).ended
    assert.equal(code, 0)
    assert.match(output, /^Starlight\/\d/)
  })

  test('it is Wine, and not this server, that has no standard output on pipes', async () => {
    const [program, ...words] = windows.command(['-e', 'console.log(1)'])
    const child = spawn(program, words, { env: windows.environment(), stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    child.stderr.setEncoding('utf8').on('data', piece => {
      text += piece
    })
    await once(child, 'close')
    assert.match(text, /Error: open EBADF/)
  })
})
