// The server on Windows: win32 Node under Wine. docs/windows.md says which of the other process tests have no meaning there, and why.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type Agent, request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { writeCertificate } from '../support/certificate.ts'
import { ROOT } from '../support/root.ts'
import { skip, Windows, WindowsProcess, windowsPath } from '../support/windows.ts'

let windows: Windows
const app = (name: string): string => windowsPath(join(ROOT, 'test', 'fixtures', 'windows', name))
const LOCAL = ['--host=127.0.0.1', '--port=0']

interface AskOptions extends RequestOptions {
  readonly body?: Buffer
  readonly rejectUnauthorized?: boolean
}

function ask(url: string, { body, ...options }: AskOptions = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const asked = send(url, { agent: false as unknown as Agent, rejectUnauthorized: false, ...options }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', piece => {
        text += piece
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      response.on('error', reject)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

/** A server that goes with the test. `control` asks it. */
async function serve(t: TestContext, args: readonly string[], options?: Parameters<Windows['serve']>[1]) {
  const control = windowsPath(join(windows.folder, `${Math.random()}.json`))
  const server = await windows.serve([`--control-socket=${control}`, ...args], options)
  t.after(() => server.child.kill('SIGKILL'))
  const command = (...words: string[]) => windows.run([...words, `--control-socket=${control}`])
  return { server, command }
}

/** Clients that ask again and again, each on a new connection, while `act` runs: how many answers and failures they had. */
async function underLoad(
  url: string,
  act: () => Promise<unknown>,
): Promise<{ answers: string[]; failures: unknown[] }> {
  const [answers, failures]: [string[], unknown[]] = [[], []]
  let isOver = false
  const client = async (): Promise<void> => {
    while (!isOver)
      await ask(url).then(
        ({ text }) => answers.push(text),
        error => failures.push(error),
      )
  }
  const clients = Array.from({ length: 4 }, client)
  try {
    await act()
  } finally {
    isOver = true
    await Promise.all(clients)
  }
  return { answers, failures }
}

async function workersOf(command: Awaited<ReturnType<typeof serve>>['command']): Promise<number[]> {
  const { code, output } = await command('status', '--json')
  assert.equal(code, 0, output)
  return (JSON.parse(output) as { workers: { pid: number; state: string }[] }).workers
    .filter(({ state }) => state === 'serving')
    .map(({ pid }) => pid)
}

describe('win32 Node under Wine', { skip }, () => {
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
    const { server, command } = await serve(t, ['--app=app.ts'], { cwd: directory })
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

  for (const [file, expected] of [
    ['psgi.mjs', /^psgi win32 127\.0\.0\.1$/],
    ['node.mjs', /^node win32 \d+$/],
    ['fetch.ts', /^fetch win32 \d+$/],
  ] as const)
    for (const workers of [0, 1])
      test(`--workers=${workers} serves ${file}`, async t => {
        const { server } = await serve(t, [...LOCAL, `--workers=${workers}`, app(file)])
        assert.match((await ask(server.url)).text, expected)
      })

  test('a reload, a scale and spent workers under load cost no client an answer', async t => {
    const { server, command } = await serve(t, [...LOCAL, '--workers=2', '--max-reqs-per-child=100', app('fetch.ts')])
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
    const { server, command } = await serve(t, [...LOCAL, '--workers=2', app('fetch.ts')])
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

  test('status, ps, stack, top, drain and reopen reach the server; upgrade is refused', async t => {
    const { server, command } = await serve(t, [...LOCAL, '--workers=1', app('fetch.ts')])
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
    const { server } = await serve(t, [...LOCAL, '--workers=1', '-r', windowsPath(file)])
    assert.equal((await ask(server.url)).text, 'one')
    writeFileSync(file, source('two'))
    await server.seen(/Reloaded: all workers run the new code/)
    assert.equal((await ask(server.url)).text, 'two')
  })

  test('--timeout ends clients that are silent, and a limit refuses what is too large', async t => {
    const { server } = await serve(t, [
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
    const { server } = await serve(t, [...LOCAL, `--app=${unc}`], { env: { Starlight_Workers: '1' } })
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
