import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchHandler } from '../../../../src/app/fetch/adapter/handler.ts'
import { FakeExchange, fakePeer } from '../../../support/fake-exchange.ts'
import { answerOf, contextOf, GET } from '../ask.ts'

test('the second and third argument say who the client is, in the words of each platform', async () => {
  let seen: unknown[] = []
  await answerOf((_request: Request, info: Record<string, unknown>, ctx: unknown) => {
    const { env, remoteAddress, remotePort, ip, localAddress, localPort, remoteAddr, isEncrypted } = info
    seen = [info === ctx, env === process.env, remoteAddress, remotePort, ip, localAddress, localPort, isEncrypted]
    seen.push(
      remoteAddr,
      (info['requestIP'] as () => unknown)(),
      { ...(info['props'] as object) },
      Object.keys(info),
      'socket' in (info['incoming'] as object),
    )
    return new Response()
  })
  const address = { address: '192.0.2.1', port: 50000, family: 'IPv4' }
  const deno = { transport: 'tcp', hostname: '192.0.2.1', port: 50000 }
  assert.deepEqual(seen, [
    true,
    true,
    '192.0.2.1',
    50000,
    '192.0.2.1',
    '192.0.2.2',
    8080,
    false,
    deno,
    address,
    {},
    [],
    true,
  ])
})

test('a client on a Unix socket has no address', async () => {
  const peer = fakePeer({ remoteAddress: undefined, remotePort: undefined })
  const exchange = new FakeExchange(GET, peer)
  fetchHandler(
    (_request, info) => Response.json([info.requestIP(), info.remoteAddr, info.ip ?? null]),
    contextOf(),
  )(exchange)
  assert.deepEqual(JSON.parse(exchange.bodyText), [null, { transport: 'unix', hostname: '', port: 0 }, null])
})

test('variables of the environment are properties of the second argument, where it has none of its own', async () => {
  process.env['STARLIGHT_TEST_VALUE'] = 'here'
  process.env['ip'] = 'not this'
  try {
    const app = (_request: Request, env: Record<string, unknown>): Response =>
      Response.json([env['STARLIGHT_TEST_VALUE'], env['ip'], env['NONE'] ?? null, 'toString' in env])
    assert.equal((await answerOf(app)).bodyText, '["here","192.0.2.1",null,true]')
  } finally {
    delete process.env['STARLIGHT_TEST_VALUE']
    delete process.env['ip']
  }
})

test('a framework may keep its own things on the second argument without touching the environment', async () => {
  await answerOf((_request: Request, info: Record<string, unknown>) => {
    info['STARLIGHT_OWN'] = { any: 'thing' }
    assert.deepEqual(info['STARLIGHT_OWN'], { any: 'thing' })
    assert.equal(process.env['STARLIGHT_OWN'], undefined)
    return new Response()
  })
})

test('waitUntil hands its work to the server, retire asks for a new worker, inform sends an interim answer', async () => {
  const works: Promise<unknown>[] = []
  const context = contextOf([], { background: work => void works.push(work) })
  const exchange = await answerOf(
    (_request: Request, info: never, ctx: { waitUntil(it: unknown): void; passThroughOnException(): void }) => {
      const { waitUntil } = { waitUntil: ctx.waitUntil.bind(ctx) }
      waitUntil(Promise.resolve('done'))
      ctx.passThroughOnException()
      ;(info as { retire(): void }).retire()
      ;(info as { inform(status: number, headers: string[]): void }).inform(103, ['link', '</a.css>'])
      return new Response()
    },
    GET,
    context,
  )
  assert.deepEqual(await Promise.all(works), ['done'])
  assert.equal(exchange.isRetiring, true)
  assert.deepEqual(exchange.informed, [[103, ['link', '</a.css>']]])
})
