// HTTP/2 of a whole server: curl comes to it by itself, and reloads lose no request of a client that asks again where it may.

import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { makeCertificate } from '../support/certificate.ts'
import { Http2Client } from '../support/http2-client.ts'
import { startStarlight } from '../support/starlight-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const HAS_H2LOAD =
  process.env['STARLIGHT_NEEDS_PROXIES'] !== undefined || spawnSync('h2load', ['--version']).error === undefined
const HAS_CHROMIUM = spawnSync('chromium', ['--version']).error === undefined
const REFUSED_STREAM = 7
const RELOADS = 3
const APP = `const { createServer } = require('node:http')
createServer((req, res) => setImmediate(() => res.end(req.httpVersion + ' ' + process.pid + ' ' + req.headers['x-number']))).listen(1)`

/** Asks without a pause on one connection after another; gives how often each answer came. */
class Asker {
  isOver = false
  readonly answered: number[] = []
  refused = 0
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  async run(): Promise<void> {
    let client = new Http2Client({ port: this.#port, tls: true })
    while (!this.isOver) {
      if (client.session.closed || client.session.destroyed) client = new Http2Client({ port: this.#port, tls: true })
      const number = this.answered.length
      const answer = await client.get('/', { 'x-number': number })
      // RFC 9113 8.7: nothing of it was done, so it may be asked again.
      if (answer.code === REFUSED_STREAM) this.refused++
      else {
        assert.equal(`${answer.status} ${answer.code}`, '200 0')
        assert.match(String(answer.body), new RegExp(`^2\\.0 \\d+ ${number}$`))
        this.answered.push(number)
      }
    }
    client.destroy()
  }
}

test('curl gets HTTP/2 of a server for HTTP/1.1 without a change, and reloads lose no request', async t => {
  const folder = temporaryFolder('test')
  const { key, cert } = makeCertificate('localhost')
  const [keyFile, certFile, app] = ['own.key', 'own.crt', 'app.cjs'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(keyFile, key)
  writeFileSync(certFile, cert)
  writeFileSync(app, APP)
  const tls = ['--ssl', `--ssl-key-file=${keyFile}`, `--ssl-cert-file=${certFile}`]
  const server = await startStarlight(['--host=127.0.0.1', '--port=0', '--workers=2', ...tls, app])
  t.after(() => server.stop('SIGKILL'))
  const curl = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('curl', ['-ksS', '-w', ' %{http_version}', ...args, server.url])
    return stdout.replace(/ \d+ /, ' ')
  }
  assert.equal(await curl(), '2.0 undefined 2')
  assert.equal(await curl('--http1.1'), '1.1 undefined 1.1')
  await t.test(
    'h2load gets every answer',
    { skip: HAS_H2LOAD ? false : 'h2load (nghttp2-client) is needed' },
    async () => {
      const { stdout } = await promisify(execFile)('h2load', ['-n', '2000', '-c', '4', '-m', '10', server.url])
      assert.match(
        stdout,
        /requests: 2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout/,
      )
    },
  )
  await t.test('so does Chromium', { skip: HAS_CHROMIUM ? false : 'chromium is needed' }, async () => {
    const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
    const pin = createHash('sha256').update(spki).digest('base64')
    const { stdout } = await promisify(execFile)('chromium', [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--dump-dom'],
      ...[`--user-data-dir=${join(folder, 'chromium')}`, `--ignore-certificate-errors-spki-list=${pin}`, server.url],
    ])
    assert.match(stdout, />2\.0 \d+ undefined</)
  })
  const askers = Array.from({ length: 4 }, () => new Asker(server.port))
  const running = askers.map(asker => asker.run())
  for (let i = 0; i < RELOADS; i++) {
    const said = server.stderr.length
    server.signal('SIGHUP')
    await server.seen(/Reloaded: all workers run the new code/, said)
  }
  for (const asker of askers) asker.isOver = true
  await Promise.all(running)
  for (const { answered } of askers) assert.ok(answered.length > RELOADS, `${answered.length} answers`)
  t.diagnostic(
    `${askers.map(({ answered, refused }) => `${answered.length} answered, ${refused} asked again`).join('; ')}`,
  )
  const ended = once(server.child, 'exit')
  server.signal('SIGTERM')
  await ended
})
