// An authority (RFC 8555) that a test holds in its hand: it checks what comes as a real one does, believes every challenge, and does wrong
// what the test wants it to.
import { createPublicKey, type KeyObject, randomUUID, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { contentAt } from '../../src/acme/der.ts'
import { makeCertificate } from './certificate.ts'

export interface FakeRequest {
  readonly path: string
  /** What was signed; undefined for POST-as-GET and for what is not signed. */
  readonly payload: Readonly<Record<string, unknown>> | undefined
}

export interface FakeAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object, or text as it is. */
  readonly body?: unknown
}

export interface FakeAuthority {
  /** Of its directory. */
  readonly url: string
  /** All that was asked, in order. */
  readonly requests: FakeRequest[]
  /** Types of the challenges that were taken up. */
  readonly proved: string[]
  /** Asked before anything is answered; undefined: it is answered as it should be. A function answers by itself. */
  misbehave: (request: FakeRequest) => FakeAnswer | ((response: ServerResponse) => void) | undefined
  /** Of the certificates that it gives. */
  life: { days: number; age: number }
  /** Where it has renewal information (RFC 9773): what it says. */
  renewalInfo: FakeAnswer | undefined
  count(path: RegExp): number
  close(): void
}

const ISSUER = { ...makeCertificate('Fake CA'), commonName: 'Fake CA' }
const AUTHORITY_KEY_ID = Buffer.from('0123456789abcdef0123', 'latin1')

interface Order {
  readonly names: readonly string[]
  status: 'pending' | 'valid'
  pem: string
  readonly proved: Set<string>
}

export async function startAuthority(t: Pick<TestContext, 'after'>): Promise<FakeAuthority> {
  const nonces = new Set<string>()
  const accounts: KeyObject[] = []
  const orders: Order[] = []
  const server = createServer((request, response) => void handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  t.after(close)
  const fake: FakeAuthority = {
    ...{ url: `${base}/dir`, requests: [], proved: [], misbehave: () => undefined, close },
    ...{ life: { days: 90, age: 0 }, renewalInfo: undefined },
    count: path => fake.requests.filter(request => path.test(request.path)).length,
  }

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = message.url ?? ''
    let text = ''
    for await (const piece of message) text += piece
    const read =
      text === '' ? { key: undefined, payload: undefined, problem: undefined } : verified(JSON.parse(text), path)
    const request = { path, payload: read.payload }
    fake.requests.push(request)
    const wrong = fake.misbehave(request)
    if (typeof wrong === 'function') return wrong(response)
    const {
      status = 200,
      headers = {},
      body = {},
    } = wrong ?? (read.problem === undefined ? answer(request, read.key) : problem(400, read.problem))
    const nonce = message.method === 'GET' ? {} : { 'Replay-Nonce': newNonce() }
    response.writeHead(status, { ...nonce, 'Content-Type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  function newNonce(): string {
    const nonce = randomUUID()
    nonces.add(nonce)
    return nonce
  }

  /** RFC 8555 6: the URL, the nonce, the key or the account, the signature. */
  function verified(jws: Record<string, string>, path: string) {
    const head = JSON.parse(decoded(jws['protected'])) as Record<string, string> & { jwk?: object }
    const key = head.jwk
      ? createPublicKey({ key: head.jwk as never, format: 'jwk' })
      : accounts[Number(head['kid']?.split('/').at(-1))]
    const payload = jws['payload'] === '' ? undefined : (JSON.parse(decoded(jws['payload'])) as Record<string, unknown>)
    const refused = (type: string) => ({ key: undefined, payload, problem: type })
    if (head['url'] !== base + path || head['alg'] !== 'ES256') return refused('unauthorized')
    if (!nonces.delete(head['nonce'] ?? '')) return refused('badNonce')
    if (key === undefined) return refused('accountDoesNotExist')
    const content = Buffer.from(`${jws['protected']}.${jws['payload']}`)
    const signature = Buffer.from(jws['signature'] ?? '', 'base64url')
    const isRight = verify('sha256', content, { key, dsaEncoding: 'ieee-p1363' }, signature)
    return isRight ? { key, payload, problem: undefined } : refused('malformed')
  }

  function answer({ path, payload }: FakeRequest, key: KeyObject | undefined): FakeAnswer {
    const [, what = '', id = '', name = ''] = path.split('/')
    const order = orders[Number(id)]
    if (what === 'dir') return { body: directory() }
    if (what === 'nonce') return {}
    if (what === 'info' && fake.renewalInfo !== undefined) return fake.renewalInfo
    if (key === undefined) return problem(401, 'unauthorized')
    if (what === 'account') return { status: 201, headers: { Location: `${base}/account/${accountOf(key)}` } }
    if (what === 'new-order') return newOrder(payload)
    if (order === undefined) return problem(404, 'malformed')
    if (what === 'order') return { body: orderBody(Number(id), order) }
    if (what === 'authorization') return { body: authorization(id, name, order) }
    if (what === 'challenge') return prove(order, name)
    if (what === 'finalize') return finalize(Number(id), order, String(payload?.['csr']))
    return what === 'certificate' ? { body: order.pem } : problem(404, 'malformed')
  }

  function directory(): object {
    const renewal = fake.renewalInfo === undefined ? {} : { renewalInfo: `${base}/info` }
    return { newNonce: `${base}/nonce`, newAccount: `${base}/account`, newOrder: `${base}/new-order`, ...renewal }
  }

  function accountOf(key: KeyObject): number {
    const known = accounts.findIndex(each => each.equals(key))
    return known < 0 ? accounts.push(key) - 1 : known
  }

  function newOrder(payload: FakeRequest['payload']): FakeAnswer {
    const identifiers = payload?.['identifiers'] as { value: string }[]
    const order: Order = { names: identifiers.map(({ value }) => value), status: 'pending', pem: '', proved: new Set() }
    const id = orders.push(order) - 1
    return { status: 201, headers: { Location: `${base}/order/${id}` }, body: orderBody(id, order) }
  }

  function orderBody(id: number, { names, status, proved }: Order): object {
    return {
      status: status === 'pending' && proved.size === names.length ? 'ready' : status,
      authorizations: names.map(name => `${base}/authorization/${id}/${name}`),
      finalize: `${base}/finalize/${id}`,
      ...(status === 'valid' && { certificate: `${base}/certificate/${id}` }),
    }
  }

  function authorization(id: string, name: string, { proved }: Order): object {
    const challenges = ['dns-01', 'http-01', 'tls-alpn-01'].map(type => {
      return { type, token: `token-${type}-${id}`, url: `${base}/challenge/${id}/${name}.${type}` }
    })
    return { status: proved.has(name) ? 'valid' : 'pending', identifier: { type: 'dns', value: name }, challenges }
  }

  function prove({ proved }: Order, name: string): FakeAnswer {
    const [, value = '', type = ''] = /^(.*)\.([^.]+)$/.exec(name) ?? []
    proved.add(value)
    fake.proved.push(type)
    return { body: { status: 'processing' } }
  }

  function finalize(id: number, order: Order, csr: string): FakeAnswer {
    const publicKey = publicKeyIn(Buffer.from(csr, 'base64url'))
    const { days, age } = fake.life
    const options = { issuer: ISSUER, names: order.names, publicKey, days, age, authorityKeyId: AUTHORITY_KEY_ID }
    order.pem = makeCertificate(order.names[0], options).cert
    order.status = 'valid'
    return { body: orderBody(id, order) }
  }

  return fake
}

export function problem(status: number, type: string, headers: Readonly<Record<string, string>> = {}): FakeAnswer {
  return { status, headers, body: { type: `urn:ietf:params:acme:error:${type}`, detail: `because of ${type}` } }
}

function decoded(text: string | undefined): string {
  return Buffer.from(text ?? '', 'base64url').toString()
}

/** The third element of the first one of a request (RFC 2986 4.1): behind the version and the subject. */
function publicKeyIn(csr: Buffer): KeyObject {
  const info = contentAt(contentAt(csr, 0, 0x30)!, 0, 0x30)!
  const after = (offset: number): number => offset + 2 + info[offset + 1]!
  const at = after(after(0))
  return createPublicKey({ key: info.subarray(at, after(at)), format: 'der', type: 'spki' })
}
