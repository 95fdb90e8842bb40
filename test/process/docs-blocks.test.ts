// The code blocks of the docs, run from the packed tarball in a folder outside the repository. A block of a page is run, or a
// comment on the line in front of it says why not: <!-- not run here: REASON -->. A command that serves is given --check-config, which
// loads everything and opens nothing; what a running server is asked is asked of one.
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { writeCertificate } from '../support/certificate.ts'
import { PERL_SKIP } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from './supervisor-support.ts'

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
const CONTROL = /^(?:status|top|ps|reload|upgrade|scale|drain|stack|reopen|stop)\b/
/** Packages that the examples use, besides those that come with the package. */
const PACKAGES = ['express', 'hono', 'jiti']
const FILES = {
  'app.ts': `export default () => [200, [], ['hello\\n']]`,
  'shop/package.json': '{ "main": "main.js", "type": "module" }',
  'shop/main.js': `export default () => [200, [], ['shop\\n']]`,
  'node_modules/@acme/shop/package.json': '{ "name": "@acme/shop", "main": "main.js", "type": "module" }',
  'node_modules/@acme/shop/main.js': `export default () => [200, [], ['acme\\n']]`,
  'dist/app.min.js': `export default r=>new Response(r.url)`,
}

let folder = ''
let server: ChildProcess | undefined
const cleanup: (() => void)[] = []

before(() => {
  folder = temporaryFolder({ after: remove => cleanup.push(remove) }, 'docs')
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
  const { key, cert } = writeCertificate(folder, 'file')
  write('etc/ssl/private/site.key', key)
  write('etc/ssl/site.pem', cert)
})

after(async () => {
  if (server !== undefined) await run(['stop'])
  for (const remove of cleanup) remove()
})

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

const BIN = (): string => join(folder, 'node_modules', 'starlight-server', 'bin', 'starlight.js')

function start(args: readonly string[]): ChildProcess {
  const { STARLIGHT_NEEDS_PERL: _, NODE_TEST_CONTEXT: __, ...env } = process.env
  return spawn(process.execPath, args, {
    cwd: folder,
    env: { ...env, XDG_RUNTIME_DIR: join(folder, 'xdg'), TMPDIR: join(folder, 'xdg') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function finished(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', text => (said[name] += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...said }
}

async function run(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await finished(start([BIN(), ...args]))
  assert.equal(code, 0, `starlight ${args.join(' ')}: ${stderr}${stdout}`)
  return stdout
}

/** The words of a command line, as a shell reads them; what lies on the machine lies in the folder here. */
function wordsOf(line: string): string[] {
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
  const command = line.replace(/^(?:npx |node --inspect node_modules\/\.bin\/)/, '')
  assert.match(command, /^starlight\b/, `there is no way to run this here; a comment has to say why: ${line}`)
  const [, ...args] = wordsOf(command)
  if (CONTROL.test(args[0] ?? '')) return await runControl(args)
  if (args.at(-1)?.endsWith('.psgi') && PERL_SKIP !== false) return
  if (args.at(-1)?.endsWith('.psgi')) write('app.psgi', `sub { [200, [], ["hello\\n"]] }`)
  assert.match(await run(['--check-config', ...args]), /^Configuration is fine: /)
}

async function runControl([word = '', ...rest]: readonly string[]): Promise<void> {
  server ??= await serving()
  if (word === 'top') return await look()
  const status = JSON.parse(await run(['status', '--json'])) as { workers: { pid: number }[] }
  const args = word === 'drain' ? [String(status.workers[0]?.pid)] : rest
  assert.notEqual(await run([word, ...args]), '')
  if (word === 'stop') server = undefined
}

async function serving(): Promise<ChildProcess> {
  const child = start([BIN(), '--host=127.0.0.1', '--port=0', '--workers=2', 'app.ts'])
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', text => (said += text))
  await until(() => / serving /.test(said) || child.exitCode !== null, 'the server serves')
  assert.equal(child.exitCode, null, said)
  return child
}

/** `top` goes on until somebody ends it. */
async function look(): Promise<void> {
  const child = start([BIN(), 'top'])
  child.stdout?.once('data', () => child.kill('SIGINT'))
  const { stdout } = await finished(child)
  assert.match(stdout, /workers serve/)
}

async function runScript(text: string): Promise<void> {
  if (text.includes('defineConfig(')) {
    write('src/app.ts', FILES['app.ts'])
    write('block.config.ts', text)
    assert.match(await run(['--config=block.config.ts', '--print-config']), /block\.config\.ts/)
  } else if (text.includes('await serve(')) {
    write('block.mjs', text)
    const { code, stdout, stderr } = await finished(start(['block.mjs']))
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^http:\/\/127\.0\.0\.1:\d+ Hello\n+Hello\n/)
  } else {
    const imported =
      text.includes('import type { PsgiApp }') || !text.includes('PsgiApp')
        ? ''
        : `import type { PsgiApp } from 'starlight-server'\n`
    const exported = /^export /m.test(text) ? '' : 'export default app\n'
    write('block.ts', imported + text + exported)
    const posted = text.includes('.json()') ? ['--data={"a":1}'] : []
    assert.match(await run(['fetch', ...posted, '/', 'block.ts']), /^(?:Hello|first|You are|\{"a":1\})/)
  }
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
