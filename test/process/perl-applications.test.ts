// Whole applications in Perl, of the frameworks that Debian has: their answers are Starman's.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { lacksPerl, PERL_SKIP } from '../support/perl.ts'
import { ROOT } from '../support/root.ts'
import { StarlightProcess } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const APPLICATIONS = join(ROOT, 'test', 'fixtures', 'perl', 'applications')
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const BOUNDARY = { 'content-type': 'multipart/form-data; boundary=x' }
const FILE =
  '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nsome text\r\n--x--\r\n'
const NOTE = FILE.replace('--x', '--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nwith a file\r\n--x')
/** Mason's components: what is around all pages, and the pages. */
const COMPONENTS = {
  autohandler:
    '<title><% $m->request_comp->name %></title>\n% $m->call_next;\n<& name, name => $c->config->{name} &>\n',
  list: '% for my $note (@{ $notes }) {\n<li><% $note->{id} %>: <% $note->{text} %>\n% }\n<%args>\n$notes\n</%args>\n',
  note: '<p><% $note->{text} %>, <% $note->{bytes} // "no" %> bytes\n<%args>\n$note\n</%args>\n',
  name: '<hr><% $name |n %>\n<%args>\n$name\n</%args>\n',
  broken: 'begun\n% die "on purpose\\n";\n',
  missing: 'nothing here\n',
}

type Ask = readonly [path: string, headers?: Readonly<Record<string, string>>, body?: string]

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const ASKED: Readonly<Record<string, { readonly needs: readonly string[]; readonly asks: readonly Ask[] }>> = {
  mojolicious: {
    needs: ['Mojolicious'],
    asks: [
      ['/'],
      ['/json/caf%C3%A9'],
      ['/form', FORM, 'a=1&b=2%203'],
      ['/upload', BOUNDARY, FILE],
      ['/cookie'],
      ['/chunks'],
      ['/waited'],
      ['/later'],
      [
        '/socket',
        { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'YQ==' },
      ],
      ['/dies'],
      ['/nothing'],
    ],
  },
  dancer2: {
    needs: ['Dancer2'],
    asks: [
      ['/'],
      ['/json/a%20b'],
      ['/form', FORM, 'a=1&b=2+3'],
      ['/away'],
      ['/halted'],
      ['/error'],
      ['/delayed'],
      ['/header'],
      ['/nothing'],
    ],
  },
  catalyst: {
    needs: ['Catalyst'],
    asks: [['/'], ['/json/a%20b'], ['/form', FORM, 'a=1&b=2'], ['/away'], ['/lines'], ['/file'], ['/nothing']],
  },
  mason: {
    needs: ['Catalyst', 'Catalyst::View::Mason', 'Catalyst::Action::RenderView', 'DBD::SQLite'],
    asks: [
      ['/'],
      ['/add', FORM, 'text=caf%C3%A9+%3Cb%3E'],
      ['/add', BOUNDARY, NOTE],
      ['/'],
      ['/note/1'],
      ['/note/2'],
      ['/file/2'],
      ['/add', FORM, 'text=again'],
      ['/add', FORM, 'text=again'],
      ['/note/9'],
      ['/broken'],
      ['/?more=1'],
    ],
  },
  cgi: {
    needs: ['CGI', 'CGI::Compile', 'CGI::Emulate::PSGI', 'CGI::Parse::PSGI'],
    asks: [
      ['/compiled/a%20b?c=d', FORM, 'posted'],
      ['/executed/a%20b?c=d', FORM, 'posted'],
      ['/executed'],
      ['/gitweb/'],
      ['/gitweb/?p=one/.git;a=summary'],
      ['/gitweb/?p=one/.git;a=blob_plain;f=file.txt'],
      ['/gitweb/?p=nothing'],
    ],
  },
  middleware: {
    needs: [],
    asks: [
      ['/static/middleware.psgi'],
      ['/static/nothing.psgi'],
      ['/static/x'],
      ['/length'],
      ['/md5'],
      ['/head'],
      ['/conditional'],
      ['/conditional', { 'if-none-match': '"a"' }],
      ['/if', { 'x-run': '1' }],
      ['/if'],
      ['/framework'],
      ['/exception'],
      ['/document/x'],
      ['/jsonp?callback=f'],
      ['/basic'],
      ['/basic', { authorization: `Basic ${btoa('me:it')}` }],
      ['/proxied', { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'other' }],
      ['/filter'],
      ['/buffered'],
      ['/chunked'],
      ['/override', { 'x-http-method-override': 'PUT' }, 'x'],
      ['/rearranged'],
      ['/recursive/'],
      ['/runtime'],
      ['/trace'],
      ['/sendfile', { 'x-sendfile-type': 'X-Sendfile' }],
      ['/redundant'],
      ['/redirect'],
      ['/lint', FORM, 'a=1'],
      ['/logged'],
    ],
  },
}

/** Long ago, so that its age is the same for both. */
const AT = { GIT_AUTHOR_DATE: '2020-01-01T00:00:00Z', GIT_COMMITTER_DATE: '2020-01-01T00:00:00Z' }

/** A repository for gitweb, and a program that tells what it gets. */
function prepare(folder: string): void {
  const projects = join(folder, 'projects', 'one')
  mkdirSync(projects, { recursive: true })
  writeFileSync(join(projects, 'file.txt'), 'committed\n')
  const author = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.org']
  for (const args of [
    ['init', '-q'],
    ['add', '.'],
    [...author, 'commit', '-q', '-m', 'first'],
  ])
    execFileSync('git', args, { cwd: projects, env: { ...process.env, ...AT } })
  writeFileSync(
    join(folder, 'gitweb.conf'),
    `$projectroot = '${join(folder, 'projects')}'; $feature{'timed'}{'default'} = [0]; $site_name = 'site';\n`,
  )
  const names = 'SCRIPT_NAME PATH_INFO QUERY_STRING CONTENT_LENGTH REQUEST_METHOD'
  const tells = `local $/; my $text = <STDIN> // ''; print "Status: 201\\r\\nContent-Type: text/plain\\r\\n\\r\\n";
    print join('|', map { $ENV{$_} // '' } qw(${names})), "|$text";`
  writeFileSync(join(folder, 'tells.cgi'), `#!/usr/bin/env perl\n${tells}\n`, { mode: 0o755 })
}

/** The components of the application in Mason. */
function writeComponents(folder: string): void {
  mkdirSync(join(folder, 'mason'))
  for (const [name, component] of Object.entries(COMPONENTS)) writeFileSync(join(folder, 'mason', name), component)
}

async function ask(socketPath: string, [path, headers = {}, body]: Ask): Promise<Answer> {
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    request({ socketPath, path, method, agent: false, headers: { host: 'example.org', ...headers } }, resolve)
      .on('error', reject)
      .end(body)
  })
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

/** Starman frames a body that says `Transfer-Encoding: chunked` once more (miyagawa/Starman#23): the inner frames are taken away. */
function unframed(answer: Answer): Answer {
  if (!answer.body.endsWith('\r\n0\r\n\r\n')) return answer
  return { ...answer, body: answer.body.replace(/[0-9a-f]+\r\n([^\r]*)\r\n/g, '$1') }
}

/** Those that servers set, or that tell the time, are left out. */
function comparable({ status, headers, body }: Answer): unknown {
  const {
    date,
    connection,
    server,
    'keep-alive': kept,
    'transfer-encoding': coding,
    'content-length': length,
    ...own
  } = headers
  if ('x-runtime' in own) own['x-runtime'] = 'a time'
  if ('last-modified' in own && /^\w{3},/.test(String(own['last-modified']))) own['last-modified'] = 'a time'
  return {
    status,
    headers: own,
    body: body
      // Mojolicious has a name for each request, and a stack shows the server's own frames.
      .replace(/<!-- Request ID: \S+ -->/, '')
      .replace(/^(on purpose)\n at .*/s, '$1'),
  }
}

/** Hashes have the same order in both. */
function around(folder: string): Record<string, string> {
  return { STARLIGHT_TEST_FOLDER: folder, PERL_HASH_SEED: '0', PERL_PERTURB_KEYS: '0' }
}

async function startStarman(t: TestContext, app: string, socket: string, folder: string): Promise<void> {
  const args = ['--workers=1', `--listen=${socket}`, '-E', 'deployment', app]
  const env = { ...process.env, ...around(folder), PLACK_ENV: 'deployment' }
  const starman = spawn('starman', args, { env, stdio: 'ignore' })
  t.after(() => starman.kill('SIGTERM'))
  const isThere = (): Promise<boolean> =>
    new Promise(resolve => {
      const probe = createConnection(socket, () => resolve(true)).on('error', () => resolve(false))
      probe.on('connect', () => probe.destroy())
    })
  while (!(await isThere())) {
    assert.equal(starman.exitCode, null, 'Starman has ended')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

for (const [name, { needs, asks }] of Object.entries(ASKED)) {
  const skip = PERL_SKIP || lacksPerl('Starman', ...needs)
  test(`${name} answers as over Starman`, { skip }, async t => {
    const folder = temporaryFolder('perl')
    if (name === 'cgi') prepare(folder)
    if (name === 'mason') writeComponents(folder)
    const app = join(APPLICATIONS, `${name}.psgi`)
    const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')]
    const server = new StarlightProcess([`--socket=${ours}`, '--workers=1', app], {
      env: around(folder),
    })
    t.after(() => server.stop('SIGKILL'))
    await Promise.all([server.seen(/serving/), startStarman(t, app, theirs, folder)])
    for (const each of asks)
      assert.deepEqual(comparable(await ask(ours, each)), comparable(unframed(await ask(theirs, each))), each[0])
  })
}
