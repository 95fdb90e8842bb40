// --acme against an authority that does wrong, on a clock that is moved by hand.
// The file is long because what an authority may do wrong is one table, and all of it goes through one renewer.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Log } from '../../../src/log/log.ts'
import type { AcmeTools } from '../../../src/supervisor/acme/attempt.ts'
import { takeLock } from '../../../src/supervisor/acme/lock.ts'
import { Renewer } from '../../../src/supervisor/acme/renewer.ts'
import { type AcmeFiles, heldCertificate, standInFor } from '../../../src/supervisor/acme/storage.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { type FakeAuthority, problem, startAuthority } from '../../support/fake-authority.ts'
import { deferred } from '../../support/listening.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const NAMES = ['a.test', 'b.test']
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]
const CHALLENGES = ['http-01', 'tls-alpn-01'] as const

/** Time stands still until the one who waits longest-ago is let go. Waits within an order are over at once. */
class HandClock implements AcmeTools {
  offset = 0
  /** What was waited for, outside of an order. */
  #waiting: { readonly ms: number; call(): void } | undefined
  #asked = deferred<number>()
  readonly #name: string

  constructor(name = '') {
    this.#name = name
  }

  now(): number {
    return Date.now() + this.offset
  }

  random(): number {
    return 0.5
  }

  later(ms: number, call: () => void): () => void {
    // Between two looks at an order, and the longest time of an attempt.
    if (ms <= 10_000) {
      const timer = setImmediate(call)
      return () => clearImmediate(timer)
    }
    if (ms === 8 * MINUTE) return () => undefined
    this.#waiting = { ms, call }
    this.#asked.resolve(ms)
    return () => undefined
  }

  /** How long the renewer wants to sleep next. */
  async slept(): Promise<number> {
    const ms = await this.#asked.promise
    assert.ok(this.#waiting !== undefined, this.#name)
    return ms
  }

  /** Lets that time pass. */
  async pass(ms?: number): Promise<void> {
    await this.slept()
    const { ms: whole, call } = this.#waiting!
    this.#asked = deferred()
    this.offset += ms ?? whole
    call()
  }
}

interface Site {
  readonly authority: FakeAuthority
  readonly clock: HandClock
  readonly files: AcmeFiles
  readonly logged: string[]
  readonly renewer: Renewer
  renewals: number
}

function filesIn(folder: string): AcmeFiles {
  const of = (name: string): string => join(folder, name)
  mkdirSync(of('challenges'), { recursive: true })
  if (!existsSync(of('a.test.pem'))) writeFileSync(of('a.test.pem'), standInFor(NAMES, Date.now()))
  const names = { certificate: of('a.test.pem'), state: of('a.test.json'), lock: of('a.test.lock') }
  return { folder, ...names, account: of('account.json'), challenges: of('challenges') }
}

async function siteFor(
  t: TestContext,
  { authority, folder }: Partial<{ authority: FakeAuthority; folder: string }> = {},
): Promise<Site> {
  const asked = authority ?? (await startAuthority(t))
  const files = filesIn(folder ?? temporaryFolder('acme'))
  const [clock, logged] = [new HandClock(), [] as string[]]
  const to = (level: string) => (message: string, cause?: unknown) =>
    void logged.push(`${level}: ${message}${cause ? ` ${cause}` : ''}`)
  const log: Log = { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') }
  const site = { authority: asked, clock, files, logged, renewals: 0 }
  const renewer = new Renewer({
    authority: {
      url: asked.url,
      email: 'ops@a.test',
      eabFile: undefined,
      names: NAMES,
      files,
      userAgent: 'Starlight/test',
    },
    ...{ challenges: CHALLENGES, log, tools: clock },
    onCertificate: async () => {
      whole.renewals++
    },
  })
  t.after(() => renewer.close())
  const whole = Object.assign(site, { renewer })
  return whole
}

const errors = ({ logged }: Site): string[] => logged.filter(line => line.startsWith('error'))

/** A certificate of the authority that has lived for `age` of its days. */
function given(files: AcmeFiles, age: number, days: number, authorityKeyId = Buffer.alloc(20, 7)): void {
  const { key, cert } = makeCertificate('a.test', { names: NAMES, age, days, authorityKeyId })
  writeFileSync(files.certificate, key + cert)
}

test('what is missing is asked for once, and what came is renewed when a third of its life is left', async t => {
  const site = await siteFor(t)
  site.renewer.open()
  // Looks are an hour apart at most.
  assertAbout(await site.clock.slept(), HOUR)
  const first = heldCertificate(site.files.certificate)
  assert.deepEqual(first?.names, NAMES)
  assert.deepEqual([site.renewals, site.authority.count(/^\/new-order/)], [1, 1])
  assert.deepEqual(site.authority.proved, ['http-01', 'http-01'])
  const account = site.authority.requests.find(({ path }) => path === '/account')
  assert.deepEqual(account?.payload, { termsOfServiceAgreed: true, contact: ['mailto:ops@a.test'] })
  await site.clock.pass(58 * DAY)
  assertAbout(await site.clock.slept(), HOUR)
  assert.equal(site.renewals, 1)
  await site.clock.pass(2 * DAY)
  await site.clock.slept()
  // On the clock of the test the new one has little left as well: it is told of, and not asked for again and again.
  assert.equal(site.renewals, 2)
  assert.notEqual(heldCertificate(site.files.certificate)?.cert, first?.cert)
  assert.equal(site.authority.count(/^\/account/), 1)
  assert.deepEqual(readdirSync(site.files.challenges), [])
})

test('a clock in the future: the certificate is served, and the next one asked for ever later', async t => {
  const site = await siteFor(t)
  site.clock.offset = 400 * DAY
  site.renewer.open()
  assert.ok((await site.clock.slept()) >= 2 * MINUTE)
  assert.equal(site.renewals, 1)
  assert.match(
    errors(site)[0]!,
    /to be renewed already \(the clock of this machine is 9600 h ahead of the authority's\); the next attempt/,
  )
  await site.clock.pass()
  assert.ok((await site.clock.slept()) >= 4 * MINUTE)
  assert.equal(site.authority.count(/^\/new-order/), 2)
  // The clock is set right: what was kept for the far future does not count.
  const later = await siteFor(t, { authority: site.authority, folder: site.files.folder })
  later.renewer.open()
  assert.equal(await later.clock.slept(), HOUR)
  assert.equal(site.authority.count(/^\/new-order/), 2)
})

test('rate limits: Retry-After is waited for, by a server that is started again as well', async t => {
  const site = await siteFor(t)
  site.authority.misbehave = ({ path }) =>
    path === '/new-order' ? problem(429, 'rateLimited', { 'Retry-After': `${50 * 3600}` }) : undefined
  site.renewer.open()
  assertAbout(await site.clock.slept(), HOUR)
  assert.match(errors(site)[0]!, /new-order answered 429: rateLimited: because of rateLimited; the next attempt is at/)
  const again = await siteFor(t, { authority: site.authority, folder: site.files.folder })
  again.renewer.open()
  assert.equal(await again.clock.slept(), HOUR)
  await again.clock.pass(49 * HOUR)
  // Time goes on while the test runs.
  assert.ok(Math.abs((await again.clock.slept()) - HOUR) < 10 * MINUTE)
  assert.equal(site.authority.count(/^\/new-order/), 1)
  site.authority.misbehave = () => undefined
  await again.clock.pass(1.1 * HOUR)
  await again.clock.slept()
  assert.equal(again.renewals, 1)
  assert.deepEqual(JSON.parse(readFileSync(site.files.state, 'utf8')).count, 0)
})

test('failures: ever longer pauses, each with the other challenge', async t => {
  const site = await siteFor(t)
  const types: string[] = []
  site.authority.misbehave = ({ path }) => {
    if (!path.startsWith('/challenge')) return undefined
    types.push(path.split('.').at(-1)!)
    return problem(403, 'connection')
  }
  site.renewer.open()
  const pauses: number[] = []
  for (let i = 0; i < 5; i++) {
    pauses.push(Math.round((await site.clock.slept()) / MINUTE))
    await site.clock.pass()
  }
  assert.deepEqual(pauses, [2, 4, 8, 17, 34])
  assert.deepEqual(types.slice(0, 4), ['http-01', 'tls-alpn-01', 'http-01', 'tls-alpn-01'])
  assert.deepEqual(readdirSync(site.files.challenges), [])
})

/** What an authority may do wrong: the sentence in the log, and that it is asked again. */
const WRONG: readonly (readonly [name: string, misbehave: FakeAuthority['misbehave'], says: RegExp])[] = [
  [
    'a page instead of a directory',
    ({ path }) => (path === '/dir' ? { body: '<html>' } : undefined),
    /no JSON object, but "<html>"/,
  ],
  [
    'a directory without URLs',
    ({ path }) => (path === '/dir' ? { body: {} } : undefined),
    /no directory of ACME, "newNonce" is missing/,
  ],
  ['no nonce', ({ path }) => (path === '/nonce' ? response => void response.end() : undefined), /it gives no nonce/],
  [
    'nonces that are always bad',
    ({ path }) => (path === '/account' ? problem(400, 'badNonce') : undefined),
    /400: badNonce/,
  ],
  ['an account without a URL', ({ path }) => (path === '/account' ? { status: 201 } : undefined), /it has no URL/],
  [
    'an order without authorizations',
    ({ path }) => (path === '/new-order' ? { status: 201, headers: { Location: 'http://127.0.0.1:1/' } } : undefined),
    /has no authorizations/,
  ],
  [
    'an order that has expired',
    ({ path }) =>
      /^\/order/.test(path)
        ? { body: { status: 'invalid', error: { type: 'urn:ietf:params:acme:error:malformed', detail: 'expired' } } }
        : undefined,
    /The order is invalid: malformed: expired/,
  ],
  [
    'an order that is gone',
    ({ path }) => (/^\/order/.test(path) ? problem(404, 'malformed') : undefined),
    /answered 404: malformed/,
  ],
  [
    'an authorization that is invalid',
    ({ path }) =>
      /^\/authorization/.test(path) ? { body: { status: 'invalid', identifier: { value: 'a.test' } } } : undefined,
    /authorization is invalid/,
  ],
  [
    'an authorization for another name',
    ({ path }) =>
      /^\/authorization/.test(path) ? { body: { status: 'pending', identifier: { value: 'evil.test' } } } : undefined,
    /for "evil\.test", which was not asked for/,
  ],
  [
    'no challenge of ours',
    ({ path }) =>
      /^\/authorization/.test(path)
        ? { body: { status: 'pending', identifier: { value: 'a.test' }, challenges: [{ type: 'dns-01' }] } }
        : undefined,
    /offers dns-01, of http-01, tls-alpn-01 one is needed/,
  ],
  [
    'a token that leads elsewhere',
    ({ path }) =>
      /^\/authorization/.test(path)
        ? {
            body: {
              status: 'pending',
              identifier: { value: 'a.test' },
              challenges: [{ type: 'http-01', token: '../../x', url: 'http://127.0.0.1:1/' }],
            },
          }
        : undefined,
    /one is needed/,
  ],
  [
    'an order that never changes',
    ({ path }) => (/^\/order/.test(path) ? { body: { status: 'pending' } } : undefined),
    /it does not change/,
  ],
  [
    'text instead of a certificate',
    ({ path }) => (/^\/certificate/.test(path) ? { body: 'hello\u001b[2J' } : undefined),
    /no PEM, but "hello \[2J"/,
  ],
  [
    'a certificate of somebody else',
    ({ path }) =>
      /^\/certificate/.test(path) ? { body: makeCertificate('a.test', { names: NAMES }).cert } : undefined,
    /it is for another key/,
  ],
  [
    'a redirect',
    ({ path }) => (path === '/dir' ? { status: 302, headers: { Location: '/other' } } : undefined),
    /redirect/,
  ],
  [
    'an answer that is too long',
    ({ path }) => (path === '/dir' ? { body: 'x'.repeat(2_000_000) } : undefined),
    /more than 1048576 bytes/,
  ],
  [
    'an answer that is cut',
    ({ path }) =>
      path === '/dir'
        ? response => void response.writeHead(200, { 'Content-Length': '9' }).write('x', () => response.destroy())
        : undefined,
    /Cannot ask/,
  ],
]

for (const [name, misbehave, says] of WRONG)
  test(`${name}: said in one sentence, and asked again later`, async t => {
    const site = await siteFor(t)
    site.authority.misbehave = misbehave
    site.renewer.open()
    assert.ok((await site.clock.slept()) >= 2 * MINUTE)
    assert.equal(errors(site).length, 1)
    assert.match(errors(site)[0]!, /^error: Cannot get a certificate for a\.test, b\.test: /)
    assert.match(errors(site)[0]!, says)
    assert.deepEqual([site.renewals, existsSync(site.files.lock)], [0, false])
    site.authority.misbehave = () => undefined
    await site.clock.pass()
    await site.clock.slept()
    assert.equal(site.renewals, 1)
  })

test('an answer that never ends is cut when the server ends, and the lock is free', async t => {
  const site = await siteFor(t)
  const begun = deferred()
  site.authority.misbehave = () => response => {
    response.writeHead(200).write(' ')
    begun.resolve()
  }
  site.renewer.open()
  await begun.promise
  site.renewer.close()
  while (existsSync(site.files.lock)) await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(errors(site), [])
})

/** A pause is counted from the time that it begins at, some milliseconds behind. */
function assertAbout(ms: number, expected: number): void {
  assert.ok(Math.abs(ms - expected) < 1000, `${ms} ms, about ${expected} expected`)
}

test('an authority that is gone', async t => {
  const site = await siteFor(t)
  site.authority.close()
  site.renewer.open()
  assert.ok((await site.clock.slept()) >= 2 * MINUTE)
  assert.match(errors(site)[0]!, /Cannot ask http:\/\/127\.0\.0\.1:\d+\/dir: .*ECONNREFUSED/)
})

test('renewal information: the span counts, and the old certificate is named in the order', async t => {
  const site = await siteFor(t)
  given(site.files, 1, 89)
  const span = (from: number, to: number) => ({
    start: new Date(site.clock.now() + from).toISOString(),
    end: new Date(site.clock.now() + to).toISOString(),
  })
  site.authority.renewalInfo = {
    headers: { 'Retry-After': '7200' },
    body: { suggestedWindow: span(10 * DAY, 12 * DAY) },
  }
  site.renewer.open()
  assertAbout(await site.clock.slept(), HOUR)
  assert.equal(site.authority.count(/^\/info/), 1)
  assert.match(site.logged.join('\n'), /is to be renewed between .* says its authority/)
  // It is going to be revoked: the authority wants it sooner.
  site.authority.renewalInfo = { body: { suggestedWindow: span(-2 * DAY, -DAY) } }
  await site.clock.pass(3 * HOUR)
  await site.clock.slept()
  assert.equal(site.renewals, 1)
  const order = site.authority.requests.find(({ path }) => path === '/new-order')
  assert.match(String(order?.payload?.['replaces']), /^BwcHBwcHBwcHBwcHBwcHBwcHBwc\.[\w-]+$/)
  const asked = site.authority.requests.find(({ path }) => path.startsWith('/info'))
  assert.equal(asked?.path, `/info/${order?.payload?.['replaces']}`)
})

test('a certificate that was replaced already is asked for without naming it', async t => {
  const site = await siteFor(t)
  given(site.files, 80, 10)
  site.authority.misbehave = ({ payload }) =>
    payload?.['replaces'] === undefined ? undefined : problem(409, 'alreadyReplaced')
  site.renewer.open()
  await site.clock.slept()
  assert.deepEqual([site.renewals, site.authority.count(/^\/new-order/)], [1, 2])
})

test('renewal information that is garbage changes nothing', async t => {
  const site = await siteFor(t)
  given(site.files, 1, 89)
  site.authority.renewalInfo = { body: { suggestedWindow: { start: 'soon' } } }
  site.renewer.open()
  assertAbout(await site.clock.slept(), HOUR)
  assert.deepEqual([site.renewals, errors(site)], [0, []])
})

test('two that share a directory ask once, and both serve what came', async t => {
  const one = await siteFor(t)
  const two = await siteFor(t, { authority: one.authority, folder: one.files.folder })
  one.renewer.open()
  two.renewer.open()
  await Promise.all([one.clock.slept(), two.clock.slept()])
  await two.clock.pass()
  await two.clock.slept()
  assert.equal(one.authority.count(/^\/new-order/), 1)
  assert.equal(one.renewals + two.renewals, 1)
})

test('a machine that died with the lock: the others ask when its time is over, and once', async t => {
  const one = await siteFor(t)
  const two = await siteFor(t, { authority: one.authority, folder: one.files.folder })
  const both = [one.clock, two.clock]
  const until = one.clock.now() + 5 * MINUTE
  writeFileSync(one.files.lock, JSON.stringify({ host: 'dead', pid: 1, id: 'x', until }))
  one.renewer.open()
  two.renewer.open()
  const asked = (): number => one.authority.count(/^\/new-order/)
  do {
    assert.ok(both.every(clock => clock.now() < until + 5 * MINUTE))
    await Promise.all(both.map(clock => clock.pass()))
    await Promise.all(both.map(clock => clock.slept()))
  } while (asked() === 0)
  assert.ok(both.some(clock => clock.now() >= until))
  await Promise.all(both.map(clock => clock.pass()))
  await Promise.all(both.map(clock => clock.slept()))
  assert.deepEqual([asked(), one.renewals + two.renewals], [1, 1])
})

test('a lock: nobody else gets it, until its owner is dead or its time is over', () => {
  const path = join(temporaryFolder('lock'), 'lock')
  const lock = takeLock(path, MINUTE, 0)
  assert.ok(lock)
  assert.equal(takeLock(path, MINUTE, MINUTE - 1), undefined)
  const next = takeLock(path, MINUTE, MINUTE)
  assert.ok(next)
  // What is not its own any more is not released.
  lock.release()
  assert.ok(existsSync(path))
  next.release()
  assert.ok(!existsSync(path))
  for (const text of ['', '{}', JSON.stringify({ host: 'other', pid: 1, until: 10 * HOUR })]) {
    writeFileSync(path, text)
    const taken = takeLock(path, MINUTE, 0)
    assert.ok(taken, text)
    taken.release()
  }
  writeFileSync(path, JSON.stringify({ host: 'other', pid: 1, until: MINUTE }))
  assert.equal(takeLock(path, MINUTE, 0), undefined)
  assert.deepEqual(readdirSync(join(path, '..')), ['lock'])
})

test('a directory that cannot be written to: nobody is asked; what came and could not be written is kept', async t => {
  const site = await siteFor(t)
  rmSync(site.files.folder, { recursive: true })
  site.renewer.open()
  assert.ok((await site.clock.slept()) >= 2 * MINUTE)
  assert.match(errors(site)[0]!, /Cannot get a certificate .*ENOENT/)
  assert.equal(site.authority.requests.length, 0)
  filesIn(site.files.folder)
  // The directory goes while the authority works.
  site.authority.misbehave = ({ path }) => {
    if (path.startsWith('/certificate')) rmSync(site.files.folder, { recursive: true })
    return undefined
  }
  await site.clock.pass()
  assert.ok((await site.clock.slept()) >= 4 * MINUTE)
  assert.equal(site.renewals, 0)
  filesIn(site.files.folder)
  await site.clock.pass()
  await site.clock.slept()
  assert.deepEqual([site.renewals, site.authority.count(/^\/new-order/)], [1, 1])
})

test('an account that the authority has forgotten is opened again', async t => {
  const site = await siteFor(t)
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  writeFileSync(site.files.account, JSON.stringify({ url: 'http://127.0.0.1:1/account/7', key }))
  site.renewer.open()
  await site.clock.slept()
  assert.equal(site.renewals, 1)
  chmodSync(site.files.account, 0o600)
  writeFileSync(site.files.account, JSON.stringify({ url: '', key: 'garbage' }))
  given(site.files, 80, 1)
  await site.clock.pass()
  await site.clock.slept()
  assert.match(errors(site)[0]!, /Cannot use the account's key in/)
})
