// The examples of docs/deployment.md for proxies, as they stand there, in the real programs. Only their addresses are others: of
// the loopback's 127.0.0.0/8, one that no other process uses.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { WebSocket } from 'ws'
import { ROOT } from '../support/root.ts'
import { startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ask, until } from './supervisor-support.ts'

interface Proxy {
  /** The language of its block in the docs, and the lines of the block that are replaced: each must be there. */
  readonly block: string
  readonly address: readonly [inDocs: string, here: string]
  readonly port: number
  /** What stands around the block in a file of its own. */
  file(block: string, folder: string): string
  run(file: string, folder: string): readonly [command: string, ...args: string[]]
}

const HERE = `127.${(process.pid >> 8) & 255}.${process.pid & 255}.9`

const PROXIES: Readonly<Record<string, Proxy>> = {
  nginx: {
    block: 'nginx',
    port: 8081,
    address: ['  listen 80;', `  listen ${HERE}:8081;`],
    file: (block, folder) => `daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${folder}/${name};`).join(' ')}
  ${block}
}\n`,
    run: (file, folder) => ['nginx', '-e', 'stderr', '-p', folder, '-c', file],
  },
  haproxy: {
    block: 'haproxy',
    port: 8082,
    address: ['  bind :80', `  bind ${HERE}:8082`],
    file: block => `global\n  maxconn 100\n${block}`,
    run: file => ['haproxy', '-db', '-f', file],
  },
  caddy: {
    block: 'caddyfile',
    port: 8083,
    address: ['shop.example.com {', `http://shop.example.com:8083 {\n  bind ${HERE}`],
    file: block => `{\n  admin off\n}\n${block}`,
    run: file => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file],
  },
}

const isLie = (value: unknown): boolean => value === '1' || value === 'evil.example'
const HOST = { host: 'shop.example.com' }

/** Set where a skipped test would be a lie: in CI. */
const isNeeded = process.env['STARLIGHT_NEEDS_PROXIES'] === '1'
const PATH = `${process.env['PATH']}:/usr/sbin`

function lacks(program: string): false | string {
  if (process.platform !== 'linux') return 'Linux gives every program 127.0.0.0/8'
  if (isNeeded || spawnSync('sh', ['-c', `command -v ${program}`], { env: { PATH } }).status === 0) return false
  return `${program} is not installed`
}

function blockOf(language: string): string {
  const page = readFileSync(join(ROOT, 'docs', 'deployment.md'), 'utf8')
  const [, block = '', ...others] = page.split(`\`\`\`${language}\n`)
  assert.deepEqual(others, [], `one block of ${language}`)
  return block.slice(0, block.indexOf('```'))
}

function replaced(text: string, from: string, to: string): string {
  assert.ok(text.includes(from), `the example has ${JSON.stringify(from)}`)
  return text.replaceAll(from, to)
}

/** Starts server and proxy; gives the address of the proxy. */
async function behind(t: TestContext, proxy: Proxy): Promise<string> {
  const folder = temporaryFolder('proxy')
  const upstream = join(folder, 'app.sock')
  const args = [`--socket=${upstream}`, '--workers=1', join(ROOT, 'test', 'fixtures', 'proxies', 'app.mjs')]
  const server = await startStarlight(args)
  t.after(() => server.stop('SIGKILL'))
  const [inDocs, here] = proxy.address
  const block = replaced(blockOf(proxy.block), '/run/shop/app.sock', upstream)
  const file = join(folder, 'conf')
  writeFileSync(file, proxy.file(replaced(block, inDocs, here), folder))
  const [command, ...rest] = proxy.run(file, folder)
  const env = { PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  const url = `http://${HERE}:${proxy.port}/`
  await isThere(spawn(command, rest, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }), url, t)
  return url
}

async function isThere(child: ChildProcess, url: string, t: TestContext): Promise<void> {
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', text => (said += text))
  const gone = once(child, 'close')
  t.after(async () => {
    child.kill('SIGTERM')
    await gone
  })
  const answers = (): Promise<boolean> =>
    ask(url, { headers: HOST }).then(
      ({ status }) => status === 200,
      () => false,
    )
  await until(async () => (await answers()) || child.exitCode !== null, 'the proxy answers')
  assert.equal(child.exitCode, null, said)
}

for (const [name, proxy] of Object.entries(PROXIES)) {
  test(`${name}, as docs/deployment.md sets it up, keeps connections, tells of clients and lets WebSockets live`, {
    skip: lacks(name),
  }, async t => {
    const url = await behind(t, proxy)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.after(() => agent.destroy())
    const seen: Record<string, unknown>[] = []
    for (let i = 0; i < 6; i++) {
      // Lies of a client: the proxy has the last word.
      const lies = { 'x-forwarded-for': '203.0.113.1', 'x-forwarded-proto': 'https', 'x-forwarded-port': '1' }
      const { status, body } = await ask(url, {
        headers: { ...HOST, ...lies, 'x-forwarded-host': 'evil.example' },
        agent,
      })
      assert.equal(status, 200)
      seen.push(JSON.parse(body))
    }
    assert.equal(seen[0]?.['host'], 'shop.example.com')
    assert.equal(seen[0]?.['scheme'], 'http')
    assert.equal(seen[0]?.['client'], '127.0.0.1')
    // By default, on a Unix socket.
    assert.equal(seen[0]?.['address'], '127.0.0.1')
    assert.equal(seen[0]?.['isEncrypted'], false)
    assert.deepEqual([seen[0]?.['forwardedPort'], seen[0]?.['forwardedHost']].filter(isLie), [])
    assert.ok(new Set(seen.slice(1).map(({ by }) => by)).size === 1, JSON.stringify(seen))
    const socket = new WebSocket(url.replace('http', 'ws'), { headers: HOST })
    await once(socket, 'open')
    socket.send('hello')
    assert.equal(String((await once(socket, 'message'))[0]), 'echo hello')
    socket.close()
    await once(socket, 'close')
  })
}
