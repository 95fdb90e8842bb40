// What the options of src/config/options/tls.ts do.
import assert from 'node:assert/strict'
import { createHmac, createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type ConnectionOptions, connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import { TLS_OPTIONS } from '../../../src/config/options/tls.ts'
import { makeCertificate, type PemPair } from '../../support/certificate.ts'
import { type FakeAuthority, startAuthority } from '../../support/fake-authority.ts'
import { ROOT } from '../../support/root.ts'
import { type StarlightProcess, startStarlight } from '../../support/starlight-process.ts'
import { effectsOf, type Own, own, type Row, ran, type Served, type Setting, served } from './effects.ts'

const [mine, other, ann, bob] = ['own', 'other', 'ann', 'bob'].map(name =>
  makeCertificate(name, { names: [name] }),
) as [PemPair, PemPair, PemPair, PemPair]
const files = {
  'own.key': mine.key,
  'own.crt': mine.cert,
  'ann.crt': ann.cert,
  'bob.crt': bob.cert,
}
const locked = createPrivateKey(mine.key)
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
  .toString()
const PFX = join(ROOT, 'test/fixtures/pfx/aes.pfx')
const PAIR = ['--ssl-key-file=own.key', '--ssl-cert-file=own.crt']

/** The certificate that the server shows, and the first line of its answer; '' when it refuses `client`. */
async function talk(server: Served, client?: ConnectionOptions): Promise<{ name: string; line: string }> {
  const socket = connect({ host: '127.0.0.1', port: server.server.port, rejectUnauthorized: false, ...client })
  try {
    await once(socket, 'secureConnect')
    const name = String((socket.getPeerCertificate() as PeerCertificate).subject.CN)
    return { name, line: await firstLine(socket) }
  } finally {
    socket.destroy()
  }
}

/** With TLS 1.3 a client learns only with the answer whether its certificate was taken. */
async function firstLine(socket: TLSSocket): Promise<string> {
  return (await answerOn(socket)).split('\r\n')[0] ?? ''
}

async function answerOn(socket: TLSSocket): Promise<string> {
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  let text = ''
  socket.setEncoding('latin1').on('data', piece => {
    text += piece
  })
  await once(socket, 'close').catch(() => undefined)
  return text
}

const OK = 'HTTP/1.1 200 OK'
const isServedWith =
  (name: string) =>
  async (server: Served): Promise<void> => {
    assert.deepEqual(await talk(server), { name, line: OK })
    assert.match(server.server.url, /^https:/)
  }

/** The cipher of one handshake. */
async function cipherOf(server: Served, options: ConnectionOptions): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: server.server.port, rejectUnauthorized: false, ...options })
  try {
    await once(socket, 'secureConnect')
    return socket.getCipher().name
  } finally {
    socket.destroy()
  }
}

/** Whether clients of TLS 1.2 and 1.3 are served. */
const speaks =
  (...expected: readonly boolean[]) =>
  async (server: Served): Promise<void> => {
    const versions = ['TLSv1.2', 'TLSv1.3'] as const
    const tried = versions.map(maxVersion =>
      cipherOf(server, { maxVersion }).then(
        () => true,
        () => false,
      ),
    )
    assert.deepEqual(await Promise.all(tried), expected)
  }

/** Which of no certificate, ann's and bob's is answered. */
async function answered(server: Served): Promise<boolean[]> {
  const lines = await Promise.all([talk(server), talk(server, ann), talk(server, bob)])
  return lines.map(({ line }) => line === OK)
}

const accepts =
  (...expected: readonly boolean[]) =>
  async (server: Served): Promise<void> =>
    assert.deepEqual(await answered(server), expected)

const by = (...args: readonly string[]): Setting => ({ files, args: ['--workers=1', '--ssl', ...PAIR, ...args] })
const group = (setting: Setting, ...row: Row<Served>) => served(setting, row)

/** A server that asks an authority of the test's own, until it has a certificate. */
const givenBy =
  (shows: (authority: FakeAuthority, server: StarlightProcess, folder: string) => unknown) =>
  async ({ args, options, folder }: Own, t: TestContext): Promise<void> => {
    const authority = await startAuthority(t)
    const env = { STARLIGHT_ACME: 'a.test', STARLIGHT_ACME_STORAGE: folder, STARLIGHT_ACME_AGREE_TOS: '1' }
    const around = { ...env, STARLIGHT_ACME_DIRECTORY: authority.url }
    const server = await startStarlight(args, { ...options, env: { ...around, ...options.env } })
    t.after(() => server.stop('SIGKILL'))
    await server.seen(/Got a certificate for/)
    await shows(authority, server, folder)
    // Before its folder goes.
    await server.stop('SIGKILL')
  }

const ACME = ['--workers=1', '--listen=127.0.0.1:0', '--listen=127.0.0.1:0:ssl']
const accountOf = (authority: FakeAuthority) => authority.requests.find(({ path }) => path === '/account')?.payload

effectsOf(TLS_OPTIONS, [
  own({ args: ACME }, [
    '--acme=b.test,c.test',
    'there is a certificate for both',
    givenBy(authority => {
      const order = authority.requests.find(({ path }) => path === '/new-order')?.payload
      assert.deepEqual(order, { identifiers: ['b.test', 'c.test'].map(value => ({ type: 'dns', value })) })
    }),
  ]),
  own({ args: ACME, env: { STARLIGHT_ACME_AGREE_TOS: '0' } }, [
    '--acme-agree-tos',
    'the terms are agreed to',
    givenBy(authority => {
      assert.equal(accountOf(authority)?.['termsOfServiceAgreed'], true)
    }),
  ]),
  ran({ args: [...ACME, '--acme=a.test'], env: { STARLIGHT_ACME_AGREE_TOS: '1' } }, [
    '--no-acme-agree-tos',
    'they are not, and nothing is asked',
    ({ code, stderr }) => {
      assert.deepEqual(
        [code, /Cannot use --acme: .* agree to its terms, --acme-agree-tos is needed/.test(stderr)],
        [2, true],
      )
    },
  ]),
  own({ args: ACME }, [
    '--acme-email=ops@a.test',
    'the authority knows it',
    givenBy(authority => {
      assert.deepEqual(accountOf(authority)?.['contact'], ['mailto:ops@a.test'])
    }),
  ]),
  own({ args: ACME, files: { 'eab.txt': `me ${Buffer.from('secret').toString('base64url')}\n` } }, [
    '--acme-eab-file=eab.txt',
    'binds the account to that of the customer',
    givenBy(authority => {
      const binding = accountOf(authority)?.['externalAccountBinding'] as Record<string, string>
      const text = (part: string) => Buffer.from(binding[part]!, 'base64url').toString()
      const { alg, kid, url } = JSON.parse(text('protected')) as Record<string, string>
      assert.deepEqual([alg, kid, url], ['HS256', 'me', authority.url.replace(/dir$/, 'account')])
      assert.match(text('payload'), /"crv":"P-256"/)
      const signed = createHmac('sha256', 'secret').update(`${binding['protected']}.${binding['payload']}`)
      assert.equal(binding['signature'], signed.digest('base64url'))
    }),
  ]),
  served({ args: [...ACME, '--acme=a.test', '--acme-agree-tos', '--acme-storage=@/acme'], address: [] }, [
    '--acme-directory=http://127.0.0.1:1/dir',
    'is asked',
    async ({ server }) => {
      await server.seen(/Cannot get a certificate for a\.test: Cannot ask http:\/\/127\.0\.0\.1:1\/dir/)
    },
  ]),
  own({ args: ACME }, [
    '--acme-storage=@/kept',
    'has the certificate',
    givenBy((_, __, folder) => {
      const [authority = ''] = readdirSync(join(folder, 'kept'))
      assert.ok(readdirSync(join(folder, 'kept', authority)).includes('a.test.pem'))
    }),
  ]),
  own({ args: ACME, env: { STARLIGHT_ACME_CHALLENGE: 'tls-alpn-01' } }, [
    '--acme-challenge=http-01',
    'it is proved so',
    givenBy(authority => assert.deepEqual(authority.proved, ['http-01'])),
  ]),
  own({ args: ACME }, [
    '--acme-challenge=tls-alpn-01',
    'it is proved so',
    givenBy(authority => {
      assert.deepEqual(authority.proved, ['tls-alpn-01'])
    }),
  ]),
  served(
    { files, args: ['--workers=1'] },
    ['--ssl', 'TLS is spoken', isServedWith('own')],
    ['--ssl-key-file=own.key', 'with this key', isServedWith('own')],
    ['--ssl-cert-file=own.crt', 'and this certificate', isServedWith('own')],
  ),
  served(
    { files: { ...files, 'o.key': other.key, 'o.crt': other.cert }, args: ['--workers=1', '--ssl'] },
    ['--ssl-key=o.key', 'the same as --ssl-key-file', isServedWith('other')],
    ['--ssl-cert=o.crt', 'the same as --ssl-cert-file', isServedWith('other')],
  ),
  served(
    {
      files: { ...files, passphrases: 's\u00e9cret' },
      args: ['--workers=1', '--ssl', '--ssl-passphrase-file=passphrases'],
    },
    [`--ssl-pfx-file=${PFX}`, 'is key and certificate in one', isServedWith('pfx.example')],
    [`--ssl-pfx=${PFX}`, 'the same as --ssl-pfx-file', isServedWith('pfx.example')],
  ),
  group(
    {
      files: { 'b.pem': other.key + other.cert, 'a.key': mine.key, 'a.crt': mine.cert },
      args: ['--workers=1', '--ssl'],
    },
    '--ssl-cert-dir=.',
    'each client gets the certificate with the name that it asks for, the others the first one',
    async server => {
      assert.equal((await talk(server, { servername: 'other' })).name, 'other')
      await isServedWith('own')(server)
    },
  ),
  group(
    { files, args: ['--workers=1'], env: { STARLIGHT_SSL: '1' } },
    '--no-ssl',
    'plain HTTP is spoken, whatever the environment says',
    async server => assert.match(`${server.server.url} ${(await server.ask()).status}`, /^http:\S+ 200$/),
  ),
  group(
    {
      files: { ...files, 'own.key': locked, passphrases: 'wrong\nsecret\n' },
      args: ['--workers=1', '--ssl', ...PAIR],
    },
    '--ssl-passphrase-file=passphrases',
    'opens the key',
    isServedWith('own'),
  ),
  group(by(), '--ssl-min-version=TLSv1.2', 'older clients are served', speaks(true, true)),
  group(by(), '--ssl-min-version=TLSv1.3', 'older clients are not served', speaks(false, true)),
  group(by(), '--ssl-ciphers=ECDHE-ECDSA-AES256-GCM-SHA384', 'nothing else is used', async server => {
    const seen = await cipherOf(server, { maxVersion: 'TLSv1.2' })
    assert.equal(seen, 'ECDHE-ECDSA-AES256-GCM-SHA384')
    const ciphers = 'ECDHE-ECDSA-AES128-GCM-SHA256'
    await assert.rejects(cipherOf(server, { maxVersion: 'TLSv1.2', ciphers }), /handshake failure/)
  }),
  group(by(), '--hsts=300', 'answers over https say it', async ({ server }) => {
    const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    assert.match(await answerOn(socket), /\r\nStrict-Transport-Security: max-age=300\r\n/)
  }),
  group(
    { files, args: ['--workers=1', '--ssl', ...PAIR], env: { STARLIGHT_HSTS: '300' } },
    '--hsts=0',
    'they do not, whatever the environment says',
    async ({ server }) => {
      const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      assert.doesNotMatch(await answerOn(socket), /strict-transport/i)
    },
  ),
  group(
    { args: ['--workers=1'], env: { STARLIGHT_REDIRECT_TO_HTTPS: '443' } },
    '--redirect-to-https=0',
    'they are served, whatever the environment says',
    async server => assert.equal((await server.ask()).status, 200),
  ),
  group({ args: ['--workers=1'] }, '--redirect-to-https=8443', 'plain requests are sent there', async ({ server }) => {
    const answer = await fetch(`${server.url}/a?b`, { redirect: 'manual' })
    assert.deepEqual([answer.status, answer.headers.get('location')], [308, 'https://127.0.0.1:8443/a?b'])
  }),
  group(by('--ssl-client-ca-file=ann.crt'), '--ssl-verify-mode=0', 'nobody is asked', accepts(true, true, true)),
  group(
    by('--ssl-client-ca-file=ann.crt'),
    '--ssl-verify-mode=1',
    'a wrong certificate is refused',
    accepts(true, true, false),
  ),
  group(
    by('--ssl-client-ca-file=ann.crt'),
    '--ssl-verify-mode=3',
    'a right certificate is needed',
    accepts(false, true, false),
  ),
  group(
    by('--ssl-verify-mode=3'),
    '--ssl-ca-file=bob.crt',
    'says which certificates are right',
    accepts(false, false, true),
  ),
  group(
    by('--ssl-verify-mode=3', '--ssl-ca-file=bob.crt'),
    '--ssl-client-ca-file=ann.crt',
    'says it before --ssl-ca-file does',
    accepts(false, true, false),
  ),
])
