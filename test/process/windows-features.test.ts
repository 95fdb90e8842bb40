// What the tests of whole servers hold on Unix, on win32 Node under Wine: each subject once, on few servers.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { makeCertificate, writeCertificate } from '../support/certificate.ts'
import { Http2Client } from '../support/http2-client.ts'
import { ROOT } from '../support/root.ts'
import { skip, Windows, WindowsProcess, windowsPath } from '../support/windows.ts'
import { until } from './supervisor-support.ts'
import { app, ask, LOCAL, serve, workersOf } from './windows-support.ts'

const PACKAGE = `file:///Z:${join(ROOT, 'build', 'src', 'index.js')}`

/** Of the package as an application sees it; it writes down what it is told. */
const KNOWS = `import { appendFileSync } from 'node:fs'
import { worker } from ${JSON.stringify(PACKAGE)}
const heard = []
worker.onMessage(message => heard.push(message))
const tell = what => appendFileSync('told', what + ' ' + worker.number + '\\n')
export const startup = async () => tell('startup')
export const shutdown = async () => tell('shutdown')
export default async env => {
  if (env.PATH_INFO === '/say') worker.broadcast('from ' + worker.number)
  return [200, [], [JSON.stringify({ number: worker.number, count: worker.count, isFirst: worker.isFirst, same: process.env.STARLIGHT_WORKER, heard })]]
}`

const TYPES = `enum Colour { Red = 'red' }
namespace Inner { export const seven = 7 }
const loud = (_target: unknown, _key: string, descriptor: PropertyDescriptor) => {
  const inner = descriptor.value
  descriptor.value = function (...args: unknown[]) { return String(inner.apply(this, args)).toUpperCase() }
}
class Shop { constructor(readonly name: string) {} @loud greet() { return this.name + ' ' + Colour.Red + Inner.seven } }
export default env => env.PATH_INFO === '/sent'
  ? [200, ['X-Sendfile', process.cwd() + '\\\\public\\\\css\\\\a.css'], []]
  : [200, [], [new Shop('shop').greet()]]`

let windows: Windows

function folder(files: Readonly<Record<string, string>>): string {
  const path = join(windows.folder, `folder ${Math.random()}`)
  mkdirSync(path)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Whom a handshake shows, and what the request on it gives. */
async function handshake(url: string, options: { key?: string; cert?: string } = {}): Promise<[string, string]> {
  const { port, hostname } = new URL(url)
  const socket = connectTls({ port: Number(port), host: hostname, rejectUnauthorized: false, ...options })
  await once(socket, 'secureConnect')
  const name = String(socket.getPeerCertificate().subject?.CN)
  let text = ''
  socket.setEncoding('utf8').on('data', piece => {
    text += piece
  })
  socket.end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await once(socket, 'close')
  return [name, text.split('\r\n\r\n')[1] ?? '']
}

/** A command of `starlight` in a console, which script(1) makes of a terminal. */
function inConsole(t: TestContext, args: readonly string[], output: string): ReturnType<typeof spawn> {
  writeFileSync(output, '')
  const words = windows.command([windowsPath(join(ROOT, 'bin/starlight.js')), ...args])
  const line = `exec ${words.map(word => `'${word}'`).join(' ')}`
  const console = spawn('script', ['-qefc', line, output], {
    env: windows.environment(),
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  t.after(() => console.kill('SIGKILL'))
  return console
}

describe('on Windows', { skip }, () => {
  before(() => {
    windows = new Windows()
  })
  after(() => windows.close())

  test('HTTP/2, certificates of clients, renewed certificates, health and metrics', async t => {
    const cwd = folder({
      'app.mjs': "export default env => [200, [], [env.SERVER_PROTOCOL + ' ' + env.SSL_CLIENT_S_DN_CN]]",
    })
    writeCertificate(cwd, 'server', 'first')
    const client = writeCertificate(cwd, 'client', 'a client')
    const tls = ['--ssl', '--ssl-key-file=server.key', '--ssl-cert-file=server.crt', '--ssl-client-ca-file=client.crt']
    const args = [...LOCAL, '--workers=2', '--admin=0', ...tls, '--ssl-verify-mode=1', 'app.mjs']
    const { server } = await serve(windows, t, args, { cwd })
    const http2 = new Http2Client({ port: Number(new URL(server.url).port), tls: true })
    assert.equal(String((await http2.get('/')).body), 'HTTP/2.0 undefined')
    http2.destroy()
    assert.deepEqual(await handshake(server.url), ['first', 'HTTP/1.1 undefined'])
    assert.deepEqual(await handshake(server.url, client), ['first', 'HTTP/1.1 a client'])
    const [, admin = ''] = await server.seen(/Metrics and health on (http:\S+)/)
    assert.equal((await ask(`${admin}/healthz`)).status, 200)
    const counted = /^starlight_responses_total\{class="2xx"\} 3$/m
    await until(async () => counted.test((await ask(`${admin}/metrics`)).text), 'three answers are counted')
    const { key, cert } = makeCertificate('second')
    for (const [name, pem] of [
      ['server.key', key],
      ['server.crt', cert],
    ] as const) {
      writeFileSync(join(cwd, `${name}.new`), pem)
      renameSync(join(cwd, `${name}.new`), join(cwd, name))
    }
    await until(async () => (await handshake(server.url))[0] === 'second', 'the renewed certificate')
  })

  test('a server that listens by itself is taken over, with the port that it asks for', async t => {
    const port = await freePort()
    const cwd = folder({
      'server.cjs': `require('node:http').createServer((req, res) => res.end('own ' + req.url)).listen(${port}, '127.0.0.1')`,
    })
    const { server, command } = await serve(windows, t, ['--workers=2', 'server.cjs'], { cwd })
    assert.equal(server.url, `http://127.0.0.1:${port}`)
    assert.equal((await ask(`${server.url}/x`)).text, 'own /x')
    assert.equal((await workersOf(command)).length, 2)
  })

  test('workers know themselves and each other, and are told of their start and end', async t => {
    const cwd = folder({ 'app.mjs': KNOWS, told: '' })
    const { server, command } = await serve(windows, t, [...LOCAL, '--workers=2', 'app.mjs'], { cwd })
    const told = (): string[] => readFileSync(join(cwd, 'told'), 'utf8').trim().split('\n').sort()
    interface Seen {
      readonly number: number
      readonly count: number
      readonly isFirst: boolean
      readonly same: string
      readonly heard: readonly string[]
    }
    const seen = new Map<number, Seen>()
    const { number } = JSON.parse((await ask(`${server.url}/say`)).text) as Seen
    await until(async () => {
      const one = JSON.parse((await ask(server.url)).text) as Seen
      seen.set(one.number, one)
      return [...seen.values()].some(({ heard }) => heard.includes(`from ${number}`))
    }, 'the other one has heard it')
    for (const one of seen.values()) assert.deepEqual([one.count, one.same], [2, String(one.number)])
    assert.deepEqual(await command('reload'), { code: 0, output: 'reload: done\n' })
    await until(() => told().length === 6, 'two starts, two ends, two starts')
    assert.equal((await command('stop')).code, 0)
    assert.equal((await server.ended).code, 0)
    const ways = told().map(line => line.split(' ')[0])
    assert.deepEqual(ways, [...Array(4).fill('shutdown'), ...Array(4).fill('startup')], server.output)
  })

  test('a blocked worker is reported with its code, killed and replaced', async t => {
    const cwd = folder({
      'app.mjs': "export default env => { while (env.PATH_INFO === '/block'); return [200, [], ['ok']] }",
    })
    const { server } = await serve(windows, t, [...LOCAL, '--workers=1', '--worker-timeout=4', 'app.mjs'], { cwd })
    const lost = ask(`${server.url}/block`)
    lost.catch(() => undefined)
    await server.seen(/worker \d+ is blocked, serving GET \/block, [\s\S]*at default \(.*app\.mjs:1:\d+\)/)
    await server.seen(/its event loop is blocked: it is killed/)
    await assert.rejects(lost)
    assert.equal((await ask(server.url)).text, 'ok')
  })

  test('decorators, enums and namespaces; files below a directory with a drive letter', async t => {
    const cwd = folder({
      'app.ts': TYPES,
      'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
    })
    mkdirSync(join(cwd, 'public', 'css'), { recursive: true })
    writeFileSync(join(cwd, 'public', 'css', 'a.css'), 'b {}')
    const files = [`--static=/assets=${windowsPath(join(cwd, 'public'))}`, '--sendfile=public']
    const args = [...LOCAL, '--workers=1', ...files, 'app.ts']
    const { server } = await serve(windows, t, args, { cwd })
    assert.equal((await ask(server.url)).text, 'SHOP RED7')
    assert.equal((await ask(`${server.url}/assets/css/a.css`)).text, 'b {}')
    assert.equal((await ask(`${server.url}/sent`)).text, 'b {}')
    for (const path of [
      '/assets/..%5capp.ts',
      '/assets/css\\a.css',
      '/assets/%2e%2e/app.ts',
      '/assets/css/a.css::$DATA',
      '/assets/css/A.CSS.',
      '/assets/C:/x',
    ])
      assert.doesNotMatch((await ask(server.url, { path })).text, /enum|b \{\}/, path)
  })

  test('the examples', async t => {
    for (const [file, expected] of [
      ['hello.ts', /^Hello world/],
      ['hello-fetch.ts', /"hello":"\/"/],
      ['hello-node.ts', /^Hello from Node style/],
      ['hono.ts', /^Hello from Hono/],
      ['express.ts', /^Hello from Express/],
      ['fastify.ts', /Hello from Fastify/i],
      ['koa.ts', /Hello from Koa/i],
    ] as const)
      await t.test(file, async t => {
        const { server } = await serve(windows, t, [...LOCAL, '--workers=0', windowsPath(join(ROOT, 'examples', file))])
        assert.match((await ask(server.url)).text, expected)
      })
  })

  test('a reload takes the release that the name of the directory leads to', async t => {
    const cwd = folder({})
    const deploy = (release: string): void => {
      mkdirSync(join(cwd, release))
      writeFileSync(join(cwd, release, 'app.mjs'), `export default () => [200, [], ['${release}']]`)
      symlinkSync(release, join(cwd, 'next'))
      renameSync(join(cwd, 'next'), join(cwd, 'current'))
    }
    deploy('one')
    const chdir = `--chdir=${windowsPath(join(cwd, 'current'))}`
    const { server, command } = await serve(windows, t, [...LOCAL, '--workers=1', chdir, 'app.mjs'], { cwd })
    assert.equal((await ask(server.url)).text, 'one')
    deploy('two')
    assert.equal((await command('reload')).code, 0)
    assert.equal((await ask(server.url)).text, 'two')
  })

  test('top shows the workers, and q ends it', async t => {
    const control = windowsPath(join(windows.folder, 'top.json'))
    const server = await windows.serve([`--control-socket=${control}`, ...LOCAL, '--workers=1', app('psgi.mjs')])
    t.after(() => server.child.kill('SIGKILL'))
    const output = join(windows.folder, 'top')
    const console = inConsole(t, ['top', `--control-socket=${control}`], output)
    const ended = once(console, 'exit')
    await new WindowsProcess(console, output).seen(/serving/)
    console.stdin?.write('q')
    assert.deepEqual(await ended, [0, null])
  })
})
