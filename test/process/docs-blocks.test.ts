// The code blocks of the docs, run from the packed tarball in a folder outside the repository. A block of a page is run, or a
// comment on the line in front of it says why not: <!-- not run here: REASON -->. A command that serves is given --check-config, which
// loads everything and opens nothing; what a running server is asked is asked of one, by its user: root would find all servers of the
// machine, which are those of other tests.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { writeCertificate } from '../support/certificate.ts'
import { PERL_SKIP } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { runStarlight, StarlightProcess, type StartOptions, startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openSocket } from '../support/websockets.ts'

interface Block {
  readonly page: string
  readonly language: string
  readonly text: string
  readonly reason: string | undefined
}

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]
const FENCED = /(?:^<!-- not run here: (.+) -->\n)?^```(\w+)\n([\s\S]*?)^```$/gm
/** The README's first block is what a reader sees first: no comment stands in front of it. test/process/checkout.test.ts runs it. */
const FIRST = 'npm ci && npx starlight examples/hello.ts'
const BLOCKS: readonly Block[] = PAGES.flatMap(page =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(FENCED)].map(([, reason, language = '', text = '']) => ({
    page,
    language,
    text,
    reason: text.startsWith(FIRST) ? 'needs a checkout' : reason,
  })),
)
/** Whose server is asked: for root, a user that no other test has. */
const CONTROL_USER = process.getuid?.() === 0 ? 61_234 : undefined
const CONTROL = /^(?:status|top|ps|reload|upgrade|scale|drain|stack|reopen|stop)\b/
/** Packages that the examples use, besides those that come with the package. */
const PACKAGES = ['crossws', 'express', 'h3', 'hono', 'jiti', 'ws']
const FILES = {
  'app.ts': `export default () => [200, [], ['hello\\n']]`,
  'shop/package.json': '{ "main": "main.js", "type": "module" }',
  'shop/main.js': `export default () => [200, [], ['shop\\n']]`,
  'node_modules/@acme/shop/package.json': '{ "name": "@acme/shop", "main": "main.js", "type": "module" }',
  'node_modules/@acme/shop/main.js': `export default () => [200, [], ['acme\\n']]`,
  'public/index.html': 'hello\n',
  'dist/app.min.js': `export default r=>new Response(r.url)`,
}

let folder = ''
let server: StarlightProcess | undefined

before(() => {
  folder = temporaryFolder('docs')
  // --ignore-scripts: the tests have built it.
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', `--pack-destination=${folder}`], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  mkdirSync(join(folder, 'node_modules', 'starlight-server'), { recursive: true })
  execFileSync('tar', [
    '-xzf',
    join(folder, packed.filename),
    '--strip-components=1',
    '-C',
    join(folder, 'node_modules', 'starlight-server'),
  ])
  for (const name of PACKAGES) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  for (const [name, text] of Object.entries(FILES)) write(name, text)
  for (const place of ['run/shop', 'var/log/app', 'var/log/shop', 'var/log/site', 'etc/ssl/private', 'xdg'])
    mkdirSync(join(folder, place), { recursive: true })
  chmodSync(folder, 0o755)
  if (CONTROL_USER !== undefined) chownSync(join(folder, 'xdg'), CONTROL_USER, CONTROL_USER)
  const { key, cert } = writeCertificate(folder, 'file')
  write('etc/ssl/private/site.key', key)
  write('etc/ssl/site.pem', cert)
})

after(async () => {
  try {
    if (server !== undefined) await run(['stop'], { userId: CONTROL_USER })
  } finally {
    await server?.stop('SIGKILL')
  }
})

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

/** The packed command, in its folder. */
function packed(): StartOptions & { readonly program: [string, string] } {
  return {
    program: [process.execPath, join(folder, 'node_modules', 'starlight-server', 'bin', 'starlight.js')],
    cwd: folder,
    env: { XDG_RUNTIME_DIR: join(folder, 'xdg'), TMPDIR: join(folder, 'xdg') },
  }
}

async function run(args: readonly string[], options: StartOptions = {}): Promise<string> {
  const { code, signal, stdout, stderr } = await runStarlight(args, { ...packed(), ...options })
  assert.deepEqual([code, signal], [0, null], `starlight ${args.join(' ')}: ${stderr}${stdout}`)
  return stdout
}

/** The words of a command line, as a shell reads them; what lies on the machine lies in the folder here. */
function messageOf(line: string): string[] {
  const own = line
    .replace(/(^|[=\s])(\/(?:run|var\/log|etc\/ssl)\/)/g, `$1${folder}$2`)
    .replace('--user=www --group=www', '--user=nobody')
    .replace('--socket-group=www-data', `--socket-group=${process.getgid?.() ?? 0}`)
  return execFileSync('sh', ['-c', `for word in ${own}; do printf '%s\\0' "$word"; done`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)
}

/** Commands without comments, pipes, and what comes after them. */
function commandsOf(text: string): string[] {
  const lines = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map(line =>
      line
        .replace(/\s+#.*$/, '')
        .replace(/ (?:2>&1|\||&&) .*$/, '')
        .trim(),
    )
  return lines.filter(line => line !== '')
}

async function runCommand(line: string): Promise<void> {
  const [, variables = '', named = ''] = /^((?:[A-Z_]+=\S+ )*)(.*)$/.exec(line) ?? []
  const command = named.replace(/^(?:npx |node --inspect node_modules\/\.bin\/)/, '')
  assert.match(command, /^starlight\b/, `there is no way to run this here; a comment has to say why: ${line}`)
  const [, ...args] = messageOf(command)
  if (CONTROL.test(args[0] ?? '')) return await runControl(args)
  if (args.at(-1)?.endsWith('.psgi') && PERL_SKIP !== false) return
  if (args.at(-1)?.endsWith('.psgi')) write('app.psgi', `sub { [200, [], ["hello\\n"]] }`)
  const added = Object.fromEntries(
    variables
      .split(' ')
      .map(each => each.split(/=(.*)/))
      .filter(([name]) => name !== ''),
  )
  const env = { ...packed().env, ...added }
  assert.match(await run(['--check-config', ...args], { env }), /^Configuration is fine: /)
}

async function runControl([word = '', ...rest]: readonly string[]): Promise<void> {
  const asUser = { userId: CONTROL_USER }
  const serving = ['--host=127.0.0.1', '--port=0', '--workers=2', 'app.ts']
  server ??= await startStarlight(serving, { ...packed(), ...asUser })
  if (word === 'top') return await look()
  const status = JSON.parse(await run(['status', '--json'], asUser)) as { workers: { pid: number }[] }
  const args = word === 'drain' ? [String(status.workers[0]?.pid)] : rest
  assert.notEqual(await run([word, ...args], asUser), '')
  if (word === 'stop') server = undefined
}

/** `top` goes on until somebody ends it. */
async function look(): Promise<void> {
  await using top = new StarlightProcess(['top'], { ...packed(), userId: CONTROL_USER })
  await top.printed(/workers ready/)
  assert.equal((await top.stop('SIGINT')).code, 0)
}

async function runScript(text: string): Promise<void> {
  if (text.includes('defineConfig(')) {
    write('src/app.ts', FILES['app.ts'])
    write('block.config.ts', text)
    assert.match(await run(['--config=block.config.ts', '--print-config']), /block\.config\.ts/)
  } else if (text.includes('await serve(')) {
    write('block.mjs', text)
    const { code, stdout, stderr } = await runStarlight(['block.mjs'], { ...packed(), program: [process.execPath] })
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^http:\/\/127\.0\.0\.1:\d+ Hello\n+Hello\n/)
  } else {
    const imported =
      text.includes('import type { PsgiApp }') || !text.includes('PsgiApp')
        ? ''
        : `import type { PsgiApp } from 'starlight-server'\n`
    const exported = /^export /m.test(text) ? '' : 'export default app\n'
    write('block.ts', imported + text + exported)
    if (text.includes('`you: ')) return await runSocket('block.ts')
    const posted = text.includes('.json()') ? ['--data={"a":1}'] : []
    assert.match(await run(['fetch', ...posted, '/', 'block.ts']), /^(?:Hello|first|You are|\{"a":1\})/)
  }
}

/** A server of WebSockets that sends back what it gets. */
async function runSocket(file: string): Promise<void> {
  await using server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=1', file], packed())
  const client = await openSocket(`${server.url.replace('http', 'ws')}/`)
  client.socket.send('hello')
  assert.equal(await client.next(), 'you: hello')
  assert.equal((await server.stop()).code, 0)
  assert.equal((await client.closed).code, 1001)
}

for (const { page, language, text, reason } of BLOCKS) {
  const title = `${page}: ${text.split('\n')[0]}`
  if (reason !== undefined) test(title, { skip: reason }, () => undefined)
  else
    test(title, async () => {
      if (language === 'ts') return await runScript(text)
      assert.equal(language, 'sh', 'there is no way to run this here; a comment has to say why')
      for (const line of commandsOf(text)) await runCommand(line)
    })
}

test('blocks are found', () => assert.ok(BLOCKS.length > 40))
